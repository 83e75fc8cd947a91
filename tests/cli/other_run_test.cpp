// `hourglass evaluate` on runs whose files, data or state are no longer those of their training.
#include <doctest/doctest.h>
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "results/run_lock.hpp"
#include "shared_workplace.hpp"

using namespace hourglass::test;
namespace fs = std::filesystem;

namespace {

/// Returns the folder of the only run.
fs::path run_of(const SharedWorkplace& place) { return fs::directory_iterator(place.folder / "results/runs")->path(); }

/// Replaces the first `from` in a file, which must contain it, as if the file were written by hand.
void replace(const fs::path& file, const std::string& from, const std::string& to) {
  auto text = unsealed(read(file));
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  write(file, text.replace(at, from.size(), to));
}

/// Writes an IDX file with equal images [300, 4, 4] but for the first pixel.
void write_images(const fs::path& file, char first) {
  std::string bytes = {0, 0, 8, 3, 0, 0, 1, 44, 0, 0, 0, 4, 0, 0, 0, 4, first};
  for (int i = 1; i < 300 * 16; ++i) bytes += static_cast<char>(i * 7 % 200);
  write(file, bytes);
}

/// Returns kText on the images in `folder`.
std::string text_on(const std::string& folder) {
  auto text = kText;
  const std::string shapes = "plugin = \"shapes\"\ntrain_size = 300\ntest_size = 50\n";
  return text.replace(
      text.find(shapes), shapes.size(),
      "plugin = \"idx\"\ntrain_images = \"" + folder + "/images\"\ntest_images = \"" + folder + "/images\"\n");
}

/// Checks that a task is not added to the only run, for `reason`, and that nothing is listed or created.
void check_refused(const SharedWorkplace& place, const std::string& reason) {
  const auto list = place.folder / "results/experiments/a/cells.json";
  const auto before = read(list);
  const auto finished = place({"evaluate", "a", "--task", "plugin=denoising"});
  CHECK(finished.code == 1);
  CHECK_MESSAGE(says(finished.err, run_of(place).filename().string() + ": not evaluated: " + reason), finished.err);
  CHECK(finished.err.ends_with("0 of 1 cell done, 1 failed\n"));
  CHECK(read(list) == before);
  CHECK(place.trainings() == 1);
}

}  // namespace

TEST_CASE("evaluate: a run whose data have changed is reported, and nothing is listed or created") {
  const SharedWorkplace place;
  write_images(place.folder / "data/images", 1);
  REQUIRE(place.run("a.toml", text_on("data")).code == 0);
  write_images(place.folder / "data/images", 2);
  check_refused(place, "its data have changed: it was trained on data with the hash ");
}

TEST_CASE("evaluate: a run is reported if a plugin has a key that it was trained without, or if its file was edited") {
  const SharedWorkplace place;
  REQUIRE(place.run("a.toml", kText).code == 0);
  const auto run = run_of(place);
  const auto list = place.folder / "results/experiments/a/cells.json";
  const auto listed = read(list);
  replace(run / "experiment.toml", "batch_size = ", "batch_size = 1");
  replace(list, "\"train.batch_size\": ", "\"train.batch_size\": 1");
  check_refused(place, "its experiment.toml or its entry in cells.json has been edited");
  write(list, listed);
  replace(list, "\"train.batch_size\"", "\"train.bulk_size\"");
  check_refused(place, "it was trained without the key train.batch_size, which a plugin has now");
}

TEST_CASE("evaluate: experiments that share a training each use their own data files") {
  const SharedWorkplace place;
  for (const auto* name : {"first", "second"}) {
    write_images(place.folder / name / "images", 1);
    REQUIRE(place.run(std::string(name) + ".toml", text_on(name)).code == 0);
  }
  REQUIRE(place.trainings() == 1);
  fs::remove_all(place.folder / "first");
  const auto second = place({"evaluate", "second", "--fresh"});
  CHECK_MESSAGE(second.code == 0, second.err);
  CHECK(place({"evaluate", "first", "--fresh"}).code == 2);
}

TEST_CASE("evaluate: a run that another process is computing is waited for, and not interrupted") {
  const SharedWorkplace place;
  REQUIRE(place.run("a.toml", kText).code == 0);
  const auto run = run_of(place);
  auto lock = hourglass::results::RunLock::try_lock(run);
  replace(run / "status.json", "\"finished\"", "\"running\"");
  Launch stopped;
  stopped.kill_after = std::chrono::seconds(1);
  stopped.signal = SIGINT;
  const auto impatient = place({"evaluate", "a"}, stopped);
  CHECK(says(impatient.err, ": another process is computing this run; it is evaluated when that has finished\n"));
  CHECK(impatient.err.ends_with("0 of 1 cell done, 1 not begun\n"));
  CHECK(impatient.code == 130);
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(700));
    replace(run / "status.json", "\"running\"", "\"finished\"");
    lock.reset();
  });
  const auto finished = place({"evaluate", "a", "--task", "plugin=linear_probe"});
  other.join();
  CHECK_MESSAGE(finished.code == 0, finished.err);
  CHECK(says(finished.err, "task linear_probe\n"));
}

TEST_CASE("table: a run whose environment.json is missing cannot be verified") {
  const SharedWorkplace place;
  REQUIRE(place.run("a.toml", kText).code == 0);
  fs::remove(run_of(place) / "environment.json");
  for (const auto* command : {"table", "evaluate"})
    CHECK(says(place({command, "a"}).err, "environment.json: cannot be read"));
  const auto table = place({"table", "a"});
  CHECK(says(table.err, "note: whether results are stale cannot be verified, because results/runs/"));
}

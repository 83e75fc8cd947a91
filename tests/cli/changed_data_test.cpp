// Data whose contents change under an unchanged path: tables, links and trainings that are in progress.
#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>

#include "shared_workplace.hpp"

using namespace hourglass::test;
namespace fs = std::filesystem;

namespace {

/// Returns an IDX file of images, [count, 6, 6], whose pixels are multiples of `factor` modulo 256.
std::string images(int factor, int count = 40) {
  std::string bytes(std::string("\0\0\x08\x03\0\0\0\0\0\0\0\x06\0\0\0\x06", 16));
  bytes[6] = static_cast<char>(count / 256);
  bytes[7] = static_cast<char>(count % 256);
  for (int i = 0; i < count * 36; ++i) bytes.push_back(static_cast<char>(i * factor));
  return bytes;
}

/// Writes over the bytes of a file in place, without truncating it first.
void overwrite(const fs::path& file, const std::string& bytes) {
  std::fstream(file, std::ios::in | std::ios::out | std::ios::binary) << bytes;
}

std::string text_of(const std::string& train_images, const std::string& more = "") {
  return "[dataset]\nplugin = \"idx\"\ntrain_images = \"" + train_images +
         "\"\ntest_images = \"test.idx\"\n[architecture]\nplugin = \"mlp\"\nhidden = [8]\n[bottleneck]\nsize = 2\n"
         "[train]\nbatch_size = 8\nepochs = 1\nvalidation = 0.2\n[[task]]\nplugin = \"reconstruction\"\n" +
         more;
}

/// A folder with the data of these experiments.
struct DataWorkplace : SharedWorkplace {
  DataWorkplace() {
    write(folder / "a.idx", images(3));
    write(folder / "b.idx", images(7));
    write(folder / "test.idx", images(5));
  }
  /// Runs an experiment, and calls `change` as soon as its first training has finished an epoch.
  Finished run_and(const std::function<void()>& change, const std::string& text) const {
    std::thread other([&] {
      for (int tries = 0; !has_begun() && tries < 10'000; ++tries)
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
      change();
    });
    auto finished = run("e.toml", text, {"train.epochs=600"});
    other.join();
    return finished;
  }
  bool has_begun() const {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder / "results/runs", ignored)) {
      if (fs::exists(entry.path() / "metrics.csv", ignored)) return true;
    }
    return false;
  }
  std::string table(std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"table", "--metrics", "mse", "--format", "csv"});
    const auto finished = (*this)(more);
    CHECK_MESSAGE(finished.code == 0, finished.err);
    return finished.out;
  }
};

}  // namespace

TEST_CASE("table: cells that differ only in the contents of data have a row each, with the swept key") {
  const DataWorkplace place;
  const auto swept =
      place.run("e.toml", text_of("a.idx", "[sweep.grid]\n\"dataset.train_images\" = [\"a.idx\", \"b.idx\"]\n"));
  REQUIRE_MESSAGE(swept.code == 0, swept.err);
  const auto table = place.table();
  CHECK(says(table, "experiment,dataset.train_images,model,n,"));
  CHECK(count(table, "a.idx,model,1,1,finished,") == 1);
  CHECK(count(table, "b.idx,model,1,1,finished,") == 1);
}

TEST_CASE("table: after the contents of data have changed, the latest result counts, and --runs tells both apart") {
  const DataWorkplace place;
  REQUIRE(place.run("e.toml", text_of("a.idx")).code == 0);
  const auto old = place.table();
  write(place.folder / "a.idx", images(11));
  REQUIRE(place.run("e.toml", text_of("a.idx")).code == 0);
  CHECK(place.trainings() == 2);
  const auto changed = place.table();
  CHECK(changed != old);
  CHECK(changed == place.table({"--latest"}));
  const auto runs = place.table({"--runs"});
  CHECK(says(runs, "experiment,run,data,model,"));
  CHECK(count(runs, ",model,1,finished,") == 2);
  std::size_t links = 0;
  for (const auto& entry : fs::directory_iterator(place.folder / "results/experiments/e")) {
    if (entry.is_symlink() && entry.path().filename().string().starts_with("seed=1")) ++links;
  }
  CHECK(links == 2);
}

TEST_CASE("run: a training whose data was overwritten meanwhile fails, and the next run trains again") {
  const DataWorkplace place;
  const auto changed = place.run_and([&] { overwrite(place.folder / "a.idx", images(13)); }, text_of("a.idx"));
  CHECK(changed.code == 1);
  CHECK_MESSAGE(says(changed.err, "a.idx: the file was changed while it was read"), changed.err);
  CHECK(place.run("e.toml", text_of("a.idx")).code == 0);
}

TEST_CASE("run: a data file that is truncated while it is read is reported in a sentence") {
  const DataWorkplace place;
  write(place.folder / "a.idx", images(3, 1000));  // smaller files are not mapped
  const auto cut = place.run_and([&] { fs::resize_file(place.folder / "a.idx", 0); }, text_of("a.idx"));
  CHECK(cut.code == 1);
  CHECK_MESSAGE(says(cut.err, "hourglass: a data file was truncated while it was read; "), cut.err);
}

TEST_CASE("run: a cell whose data was replaced after it was listed fails instead of training another run") {
  const DataWorkplace place;
  const auto replaced = place.run_and([&] { fs::rename(place.folder / "b.idx", place.folder / "a.idx"); },
                                      text_of("a.idx", "[sweep.grid]\n\"train.batch_size\" = [8, 16]\n"));
  CHECK(replaced.code == 3);
  CHECK_MESSAGE(says(replaced.err, "the data of train.batch_size=16 seed=1 was changed after the cell was listed"),
                replaced.err);
  CHECK(says(replaced.err, "1 of 2 cells done, 1 failed"));
  CHECK_MESSAGE(says(replaced.out, "\nreconstruction\n"), replaced.out);  // of the cell that was done before
  CHECK(place.trainings() == 1);
}

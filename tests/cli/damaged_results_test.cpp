// What commands do with results that are damaged, linked elsewhere, or removed meanwhile.
#include <doctest/doctest.h>

#include <algorithm>
#include <iterator>
#include <sstream>

#include "shared_workplace.hpp"

using namespace hourglass::test;
namespace fs = std::filesystem;

namespace {

const std::string kSeeds = "seeds = 3\n";

/// Three finished cells, and a folder outside of their results.
struct DamagedWorkplace : SharedWorkplace {
  DamagedWorkplace() {
    REQUIRE(run("a.toml", kSeeds + kText).code == 0);
    for (const auto& entry : fs::directory_iterator(folder / "results/runs")) cells.push_back(entry.path());
    std::ranges::sort(cells);
    write(folder / "outside/precious.csv", "x");
    write(folder / "outside/result.json", "x");
    before = table();
  }
  std::string table() const { return (*this)({"table", "a", "--runs", "--format", "csv"}).out; }
  Finished again(std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"run", "a.toml"});
    return (*this)(more);
  }
  fs::path task(std::size_t cell) const { return fs::directory_iterator(cells.at(cell) / "tasks")->path(); }
  void replace(const fs::path& file, const std::string& from, const std::string& to) const {
    auto text = read(file);
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    write(file, text.replace(at, from.size(), to));
  }
  /// Puts a link to the outside folder in place of something.
  void link(const fs::path& path) const {
    fs::remove_all(path);
    fs::create_directory_symlink(folder / "outside", path);
  }
  bool is_outside_whole() const {
    return read(folder / "outside/precious.csv") == "x" && read(folder / "outside/result.json") == "x" &&
           std::distance(fs::directory_iterator(folder / "outside"), fs::directory_iterator()) == 2;
  }

  std::vector<fs::path> cells;
  std::string before;
};

/// Runs a shell command, in which $0 is the program.
Finished shell(const SharedWorkplace& place, const std::string& command) {
  Launch how;
  how.command = {"sh", "-c", command, program().string()};
  how.folder = place.folder.path();
  how.environment["HOURGLASS_CACHE_DIR"] = (place.folder / "cache").string();
  how.kill_after = std::chrono::seconds(60);
  return launch(how);
}

}  // namespace

TEST_CASE("damaged results: nothing is removed or written through a link, and the other cells are finished") {
  const DamagedWorkplace place;
  for (const auto& path : {place.cells[0], place.cells[1] / "tasks", place.task(2), place.cells[2] / "checkpoints"}) {
    place.link(path);
    for (const auto& more : {std::vector<std::string>{}, {"--fresh"}}) {
      const auto finished = place.again(more);
      CHECK(finished.code == 3);
      CHECK(says(finished.err, path.lexically_relative(place.folder.path()).string() + ": this is a symbolic link"));
      CHECK(place.is_outside_whole());
    }
    fs::remove(path);
    CHECK(place.again().code == 0);
    CHECK(place.table() == place.before);
  }
  place.link(place.folder / "results/runs");
  const auto finished = place.again();
  CHECK(finished.code == 2);
  CHECK(says(finished.err, "results/runs: this is a symbolic link"));
  CHECK(place.is_outside_whole());
}

TEST_CASE("damaged results: the run of another cell is not taken for this one") {
  const DamagedWorkplace place;
  fs::remove_all(place.cells[0]);
  fs::create_directory_symlink(place.cells[1], place.cells[0]);
  const auto shown = place({"table", "a"});
  CHECK(shown.code == 3);
  CHECK(says(shown.out, "its contents do not match its checksum"));
  fs::remove(place.cells[0]);
  fs::copy(place.cells[1], place.cells[0], fs::copy_options::recursive);
  CHECK(place({"table", "a"}).code == 3);
  const auto finished = place.again();
  CHECK(finished.code == 0);
  CHECK(says(finished.err, "expected a checkpoint of run"));
  CHECK(place.table() == place.before);
}

TEST_CASE("damaged results: a changed digit of a result is noticed, and the task runs again") {
  const DamagedWorkplace place;
  const auto file = place.task(0) / "result.json";
  place.replace(file, "\"value\": 0.", "\"value\": 1.");
  const auto shown = place({"table", "a"});
  CHECK(shown.code == 3);
  CHECK(says(shown.out, "damaged"));
  CHECK(says(shown.err, "warning: 1 of 3 cells has damaged results; `hourglass run FILE` makes them again\n"));
  CHECK(place({"runs", "list"}).code == 3);
  const auto finished = place.again();
  CHECK(finished.code == 0);
  CHECK(count(finished.err, "its contents do not match its checksum") == 1);
  CHECK(count(finished.err, "epoch ") == 0);
  CHECK(place.table() == place.before);
}

TEST_CASE("damaged results: the records of a finished training are restored without training") {
  const DamagedWorkplace place;
  for (const auto* name : {"status.json", "environment.json", "metrics.csv", "experiment.toml"}) {
    const auto file = place.cells[0] / name;
    const auto whole = read(file);
    write(file, whole.substr(0, whole.size() / 2));
    const auto finished = place.again();
    CHECK(finished.code == 0);
    CHECK_MESSAGE(says(finished.err, std::string(name)), finished.err);
    CHECK(count(finished.err, "epoch ") == 0);
    CHECK(place.table() == place.before);
    CHECK_MESSAGE(!says(place.again().err, name), name);
  }
}

TEST_CASE("damaged results: a changed configuration of a finished run is noticed and written again") {
  const DamagedWorkplace place;
  const auto file = place.cells[0] / "experiment.toml";
  const auto whole = read(file);
  place.replace(file, "epochs = 2", "epochs = 9");
  const auto finished = place.again();
  CHECK(finished.code == 0);
  CHECK_MESSAGE(says(finished.err, "experiment.toml: the file was changed after it was written; "), finished.err);
  CHECK(count(finished.err, "epoch ") == 0);
  CHECK(read(file) == whole);
}

TEST_CASE("damaged results: a finished run whose checkpoint is lost is named, and its results are kept") {
  const DamagedWorkplace place;
  const auto file = place.cells[0] / "checkpoints/best";
  const auto whole = read(file);
  write(file, whole.substr(0, whole.size() - 4));
  const auto truncated = place.again();
  CHECK(truncated.code == 0);
  CHECK_MESSAGE(says(truncated.err, "best: the checkpoint is damaged; its results are kept, but a task"),
                truncated.err);
  fs::remove(file);
  CHECK(says(place.again().err, "best: the checkpoint is missing; its results are kept, but a task"));
  CHECK(place.table() == place.before);
}

TEST_CASE("damaged results: a cell that cannot be repaired does not stop the others") {
  const DamagedWorkplace place;
  const auto status = place.cells[0] / "status.json";
  fs::remove(status);
  write(status / "notes.txt", "x");
  fs::remove_all(place.cells[1]);
  write(place.cells[1], "a file");
  fs::remove_all(place.cells[2]);
  const auto finished = place.again();
  CHECK(finished.code == 3);
  CHECK(finished.err.ends_with("1 of 3 cells done, 2 failed\n"));
  CHECK(says(finished.out, "damaged"));
  CHECK(read(status / "notes.txt") == "x");
}

TEST_CASE("damaged results: a damaged list is set aside, and its cells are kept") {
  const DamagedWorkplace place;
  const auto list = place.folder / "results/experiments/a/cells.json";
  place.replace(list, "seed=1", "seed=7");
  CHECK(place({"table"}).code == 3);
  const auto finished = place.again();
  CHECK(finished.code == 0);
  CHECK(says(finished.err, "it is now results/experiments/a/cells.damaged.json"));
  CHECK(count(finished.err, "epoch ") == 0);
  CHECK(place.table() == place.before);
}

TEST_CASE("damaged results: a run whose checkpoint is lost is trained again if a task needs it, and only that run") {
  const DamagedWorkplace place;
  for (const auto* name : {"last", "best"}) {
    const auto file = place.cells[1] / "checkpoints" / name;
    if (fs::exists(file)) write(file, "x");
  }
  const auto finished = place.run("a.toml", kSeeds + kText + kProbe);
  CHECK(finished.code == 0);
  CHECK(count(finished.err, "; the run is trained again") == 1);
  CHECK(count(finished.err, "epoch 1/2") == 1);
  CHECK(place.table().find("damaged") == std::string::npos);
}

TEST_CASE("damaged results: the command that evaluate prints for a lost checkpoint trains one cell of the list again") {
  const DamagedWorkplace place;
  write(place.cells[1] / "checkpoints/best", "x");
  const auto evaluated = place({"evaluate", "a", "--task", "plugin=linear_probe"});
  CHECK(evaluated.code == 3);
  const auto begin = evaluated.err.find("`hourglass ") + 11, end = evaluated.err.find("` trains the run again\n");
  REQUIRE(end != std::string::npos);
  std::istringstream words(evaluated.err.substr(begin, end - begin));
  const std::vector<std::string> command(std::istream_iterator<std::string>(words), {});
  const auto again = place(command);
  CHECK_MESSAGE(again.code == 0, again.err);
  CHECK(again.err.ends_with("1 of 1 cell done\n"));
  CHECK(place({"evaluate", "a"}).code == 0);
  const auto latest = place({"table", "a", "--latest", "--runs", "--format", "csv"});
  CHECK(count(latest.out, ",model,") == 4);  // with the heading
}

TEST_CASE("damaged results: an interrupted cell continues from its previous checkpoint") {
  const SharedWorkplace place;
  const std::vector<std::string> longer = {"train.epochs=2000", "dataset.train_size=2000"};
  write(place.folder / "a.toml", kText);
  Launch stopped;
  stopped.kill_after = std::chrono::milliseconds(1500);
  auto command = longer;
  command.insert(command.begin(), {"run", "a.toml"});
  REQUIRE(place(command, stopped).code != 0);
  const auto cell = fs::directory_iterator(place.folder / "results/runs")->path();
  REQUIRE(fs::exists(cell / "checkpoints/previous"));
  write(cell / "checkpoints/last", "x");
  stopped.signal = 2;
  const auto finished = place(command, stopped);
  CHECK(finished.code == 130);
  CHECK(says(finished.err,
             "checkpoints/last: this is not a checkpoint; training continues from checkpoints/previous, after epoch "));
}

TEST_CASE("damaged results: a results folder that is removed meanwhile ends the run, and stays removed") {
  const SharedWorkplace place;
  write(place.folder / "a.toml", "seeds = 2\n" + kText);
  // The shell removes the results, at once, while the first cell is trained.
  const auto finished =
      shell(place,
            "\"$0\" run a.toml train.epochs=2000 dataset.train_size=2000 & until ls results/runs/*/metrics.csv "
            ">/dev/null 2>&1; do sleep 0.05; done; mv results gone; wait $!");
  CHECK(finished.code == 3);
  CHECK(says(finished.err, ": the folder was removed while the run was being computed\n"));
  CHECK(finished.err.ends_with("0 of 2 cells done, 2 failed\n"));
  CHECK_FALSE(fs::exists(place.folder / "results"));
}

TEST_CASE("damaged results: a run or a list that is removed after its cell was done is named, and not counted") {
  const SharedWorkplace place;
  write(place.folder / "a.toml", kText + "[sweep.grid]\n\"train.epochs\" = [1, 600]\n");
  // The shell removes the first run and the list while the second cell is trained.
  const auto finished =
      shell(place,
            "\"$0\" run a.toml dataset.train_size=2000 & until [ $(ls results/runs/*/metrics.csv 2>/dev/null | wc -l) "
            "= 2 ]; do sleep 0.05; done; rm -r $(dirname $(ls -tr results/runs/*/metrics.csv | head -1)) "
            "results/experiments; wait $!");
  CHECK(finished.code == 3);
  CHECK_MESSAGE(says(finished.err, ": the folder was removed after its cell was done; run the same command again\n"),
                finished.err);
  CHECK(says(finished.err, ": the list of cells was removed while they ran; run the same command again\n"));
  CHECK(says(finished.err, "1 of 2 cells done, 1 failed\n"));
}

TEST_CASE("damaged results: what a process that was killed after a task has left beside the result is removed") {
  const SharedWorkplace place;
  REQUIRE(place.run("a.toml", kText).code == 0);
  const auto run = fs::directory_iterator(place.folder / "results/runs")->path();
  const auto mark = fs::directory_iterator(run / "tasks")->path() / "begun.json";
  write(mark, "{}");
  CHECK(place({"run", "a.toml"}).code == 0);
  CHECK_FALSE(fs::exists(mark));
}

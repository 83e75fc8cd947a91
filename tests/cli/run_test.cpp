// `hourglass run` end to end on a procedural dataset, as a user runs it.
#include <doctest/doctest.h>
#include <signal.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "base/json.hpp"
#include "support/process.hpp"

using namespace hourglass::test;
namespace fs = std::filesystem;
using hourglass::base::Json;

namespace {

constexpr const char* kSmall = R"(# Does a small network learn rectangles?

[dataset]
plugin = "shapes"
train_size = 1000
test_size = 100

[noise]
plugin = "gaussian"

[architecture]
plugin = "mlp"
hidden = [32]
dropout = 0.1

[bottleneck]
plugin = "dense"
size = 8

[train]
epochs = 3
batch_size = 64
optimizer = { name = "adam" }

[[task]]
plugin = "reconstruction"

[[task]]
plugin = "linear_probe"
)";

std::set<std::string> files_below(const fs::path& folder) {
  std::set<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.insert(fs::relative(entry.path(), folder).string());
  }
  return files;
}

/// A folder with the experiment file and its own caches.
struct RunWorkplace {
  explicit RunWorkplace(const std::string& experiment = kSmall) { write(folder / "small.toml", experiment); }

  Finished run(std::vector<std::string> arguments, Launch how = {}) const {
    arguments.insert(arguments.begin(), {program().string(), "run", "small.toml"});
    how.command = std::move(arguments);
    how.folder = folder.path();
    how.environment["HOURGLASS_CACHE_DIR"] = (folder / "cache").string();
    return launch(how);
  }
  std::vector<fs::path> cells(const std::string& results = "results") const {
    std::vector<fs::path> found;
    if (!fs::exists(folder / results)) return found;
    for (const auto& entry : fs::recursive_directory_iterator(folder / results)) {
      if (entry.path().filename() == "status.json") found.push_back(entry.path().parent_path());
    }
    std::ranges::sort(found);
    return found;
  }
  /// Returns the files of a run's tasks, sorted by name, as one text.
  std::string results(const std::string& folder_name = "results") const {
    std::string text;
    const auto tasks = cells(folder_name).at(0) / "tasks";
    for (const auto& file : files_below(tasks)) {
      if (file.ends_with("result.json")) text += file + "\n" + read(tasks / file);
    }
    return text;
  }
  Json status() const { return Json::parse(read(cells().at(0) / "status.json")); }

  TemporaryFolder folder;
};

/// The file's text without what depends on times: the last three columns of metrics.csv, the first of log.txt.
std::string without_times(const fs::path& file) {
  const auto text = read(file);
  if (file.filename() != "metrics.csv" && file.filename() != "log.txt") return text;
  std::istringstream lines(text);
  std::string kept;
  for (std::string line; std::getline(lines, line);) {
    if (file.filename() == "metrics.csv") {
      for (int i = 0; i < 3; ++i) line.erase(line.rfind(','));
    } else {
      line.erase(0, line.find("  "));
    }
    kept += line + "\n";
  }
  return kept;
}

}  // namespace

TEST_CASE("run: leaves a finished run folder and prints the table") {
  const RunWorkplace place;
  const auto finished = place.run({});
  CHECK_MESSAGE(finished.code == 0, finished.err);
  CHECK(finished.out.find("small") != std::string::npos);
  REQUIRE(place.cells().size() == 1);
  CHECK(finished.err.ends_with("1 of 1 cell done\n"));
  CHECK(place.status().at("state") == "finished");
  for (const auto* name : {"mse", "sse", "bce", "bce_sum", "psnr", "ssim", "accuracy"}) {
    CHECK_MESSAGE(place.results().find("\"name\": \"" + std::string(name)) != std::string::npos, name);
  }
  for (const auto* file : {"experiment.toml", "environment.json", "status.json", "metrics.csv", "log.txt",
                           "checkpoints/last", "checkpoints/best"}) {
    CHECK_MESSAGE(fs::exists(place.cells()[0] / file), file);
  }
  const auto tasks = files_below(place.cells()[0] / "tasks");
  CHECK(std::ranges::count_if(tasks, [](const auto& file) { return file.ends_with("/reconstruction.png"); }) == 1);
  CHECK(fs::equivalent(place.folder / "results/experiments/small/seed=1", place.cells()[0]));
}

TEST_CASE("run: the same file and seed leave the same bytes, except for time columns") {
  const RunWorkplace place;
  REQUIRE(place.run({"--results", "one"}).code == 0);
  REQUIRE(place.run({"--results", "two"}).code == 0);
  const auto one = place.cells("one").at(0), two = place.cells("two").at(0);
  CHECK(one.filename() == two.filename());
  CHECK(files_below(one) == files_below(two));
  for (const auto& file : files_below(one)) {
    CHECK_MESSAGE(without_times(one / file) == without_times(two / file), file);
  }
}

TEST_CASE("run: killed at 20 moments and resumed, a run leaves the bytes of an uninterrupted one") {
  const std::vector<std::string> options = {"train.epochs=60", "train.checkpoint_seconds=0.02"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.end(), options.begin(), options.end());
    return more;
  };
  const RunWorkplace undisturbed, disturbed;
  REQUIRE(undisturbed.run(with({})).code == 0);
  int killed = 0;
  for (int i = 0; i < 20; ++i) {
    // Fixed, irregular moments during start-up and training; each leaves work for the next.
    Launch how{.command = {}, .kill_after = std::chrono::milliseconds(10 + i * 37 % 80)};
    killed += disturbed.run(with({}), how).code == 128 + SIGKILL;
  }
  CHECK(killed >= 15);
  REQUIRE(disturbed.run(with({})).code == 0);
  CHECK(disturbed.results() == undisturbed.results());
  CHECK(without_times(disturbed.cells()[0] / "metrics.csv") == without_times(undisturbed.cells()[0] / "metrics.csv"));
  CHECK(read(disturbed.cells()[0] / "checkpoints/last") == read(undisturbed.cells()[0] / "checkpoints/last"));
}

TEST_CASE("run: Ctrl-C stops cleanly with code 130, and the same command continues") {
  const RunWorkplace place;
  const std::vector<std::string> options = {"train.epochs=100000"};
  const auto stopped =
      place.run(options, {.command = {}, .kill_after = std::chrono::milliseconds(700), .signal = SIGINT});
  CHECK(stopped.code == 130);
  REQUIRE(place.cells().size() == 1);
  CHECK(place.status().at("state") == "interrupted");

  CHECK(stopped.err.ends_with("0 of 1 cell done, 1 interrupted\n"));
  const auto before = place.status().at("epoch").to_whole();
  const auto more = place.run(options, {.command = {}, .kill_after = std::chrono::milliseconds(700), .signal = SIGINT});
  CHECK(more.code == 130);
  CHECK(place.cells().size() == 1);
  CHECK(place.status().at("epoch").to_whole() > before);
}

TEST_CASE("run: a finished cell is not computed again, and --fresh computes it again") {
  const RunWorkplace place;
  REQUIRE(place.run({}).code == 0);
  const auto file = place.cells().at(0) / "checkpoints/last";
  const auto before = fs::last_write_time(file);
  const auto second = place.run({});
  CHECK(second.code == 0);
  CHECK(second.err.find("already there") != std::string::npos);
  CHECK(fs::last_write_time(file) == before);
  CHECK(place.run({"--fresh"}).code == 0);
  CHECK(fs::last_write_time(file) > before);
}

TEST_CASE("run: --profile of a finished cell reports that nothing was measured, with the alternative") {
  const RunWorkplace place;
  REQUIRE(place.run({"--quiet"}).code == 0);
  const auto again = place.run({"--profile", "--quiet"});
  CHECK(again.code == 0);
  CHECK(again.err == "no step to profile: the training is already there; --fresh trains it again\n1 of 1 cell done\n");
  CHECK(place.run({"--profile", "--fresh"}).err.find("time of a training step, mean of ") != std::string::npos);
}

TEST_CASE("run: if a plugin of a run is no longer found, the error names its former folder") {
  const auto plugins = (fs::path(HOURGLASS_BINARY_DIR) / "test_plugins" / "hostile").string();
  const RunWorkplace place(
      "[dataset]\nplugin = \"hostile_set\"\n[architecture]\nplugin = \"mlp\"\nhidden = []\n"
      "[train]\nepochs = 1\n");
  REQUIRE(place.run({"--plugin-path", plugins}).code == 0);
  const auto file = (place.cells().at(0) / "experiment.toml").string();
  const auto without = launch({.command = {program().string(), "run", file}, .folder = place.folder.path()});
  CHECK(without.code == 2);
  CHECK(without.err.find("unknown plugin 'hostile_set'") != std::string::npos);
  CHECK(without.err.ends_with(
      "dataset/hostile_set was loaded from another folder when this run was computed; add --plugin-path " + plugins +
      "\n"));
  const auto with =
      launch({.command = {program().string(), "run", file, "--plugin-path", plugins}, .folder = place.folder.path()});
  CHECK(with.code == 0);
  CHECK(with.err.find("already there") != std::string::npos);
}

TEST_CASE("run: a network that reads labels is trained and evaluated with the true ones") {
  const auto plugins = (fs::path(HOURGLASS_BINARY_DIR) / "test_plugins" / "reach").string();
  const std::string text =
      "[dataset]\nplugin = \"shapes\"\ntrain_size = 50\ntest_size = 10\n[architecture]\n"
      "plugin = \"conditional\"\n[train]\nepochs = 1\n";
  const RunWorkplace place(text + "[bottleneck]\nactivation = \"relu\"\n[[task]]\nplugin = \"linear_probe\"\n");
  const auto finished = place.run({"--plugin-path", plugins});
  CHECK_MESSAGE(finished.code == 0, finished.err);
  for (const auto* task : {"linear_probe", "sparse_code"}) CHECK(finished.out.find(task) != std::string::npos);
  const auto without = place.run({"sparse_code=false", "--plugin-path", plugins});
  CHECK(without.err.find("already there") != std::string::npos);
  CHECK(without.out.find("sparse_code") == std::string::npos);
}

TEST_CASE("run: the replay command of a failed run includes the folders of its plugins") {
  const auto plugins = (fs::path(HOURGLASS_BINARY_DIR) / "test_plugins" / "hostile").string();
  const RunWorkplace place(
      "[dataset]\nplugin = \"hostile_set\"\n[architecture]\nplugin = \"mlp\"\nhidden = []\n"
      "[train]\nvalidation = 0\nepochs = 1\noptimizer = { name = \"sgd\", learning_rate = 1e30 }\n");
  REQUIRE(place.run({"--plugin-path", plugins}).code == 1);
  CHECK(place.status().at("replay").to_text().ends_with(" --plugin-path " + plugins));
}

TEST_CASE("run: seeds = 3 runs three cells, and a grid multiplies them") {
  const RunWorkplace place(std::string("seeds = 3\n") + kSmall + "\n[sweep.grid]\n\"noise.sigma\" = [0.1, 0.5]\n");
  CHECK(place.run({"train.epochs=1"}).code == 0);
  CHECK(place.cells().size() == 6);
}

TEST_CASE("run: divergence ends with code 1 and is recorded with epoch, batch and tensor") {
  const RunWorkplace place;
  const auto finished = place.run({"train.optimizer={name=\"sgd\", learning_rate=1e6}"});
  CHECK(finished.code == 1);
  CHECK(place.status().at("state") == "diverged");
  const auto reason = place.status().at("reason").to_text();
  CHECK(reason.find("epoch 1, batch ") != std::string::npos);
  CHECK(reason.find("first non-finite tensor: ") != std::string::npos);
}

TEST_CASE("run: a diverged run prints the command that replays it into the same folder") {
  const RunWorkplace place;
  REQUIRE(place.run({"train.optimizer={name=\"sgd\", learning_rate=1e6}"}).code == 1);
  const auto status = place.status();
  std::istringstream words(place.status().at("replay").to_text());
  std::vector<std::string> command;
  for (std::string word; words >> word;) command.push_back(word);
  command[0] = program().string();
  CHECK(launch({.command = command, .folder = place.folder.path()}).code == 1);
  REQUIRE(place.cells().size() == 1);
  CHECK(place.status() == status);
}

TEST_CASE("run: a finished run's own experiment.toml runs the same cell") {
  const RunWorkplace place;
  REQUIRE(place.run({}).code == 0);
  const auto file = (place.cells().at(0) / "experiment.toml").string();
  const auto again = launch({.command = {program().string(), "run", file}, .folder = place.folder.path()});
  CHECK(again.code == 0);
  CHECK(again.err.find("already there") != std::string::npos);
  CHECK(place.cells().size() == 1);
}

TEST_CASE("run: a killed run is listed as interrupted, not as running") {
  const RunWorkplace place;
  const auto killed = place.run({"train.epochs=100000"}, {.command = {}, .kill_after = std::chrono::milliseconds(700)});
  REQUIRE(killed.code == 128 + SIGKILL);
  CHECK(place.status().at("state") == "running");
  const auto list = hourglass::test::hourglass(place.folder.path(), {"runs", "list"});
  CHECK(list.out.find("interrupted") != std::string::npos);
  CHECK(list.out.find("running") == std::string::npos);
}

TEST_CASE("run: a changed key that starts another cell than an interrupted one is noted, with how to continue it") {
  const RunWorkplace place;
  const auto stopped = place.run({"train.epochs=100000"},
                                 {.command = {}, .kill_after = std::chrono::milliseconds(700), .signal = SIGINT});
  REQUIRE(stopped.code == 130);
  const auto id = place.cells().at(0).filename().string();
  const auto other = place.run({"train.epochs=1"});
  CHECK(other.code == 0);
  CHECK(other.err.find("seed=1 is another cell than results/runs/" + id + ", which was interrupted after ") !=
        std::string::npos);
  CHECK(other.err.find(" of 100000 epochs, and starts at epoch 1; the same command with train.epochs=100000 continues "
                       "that one") != std::string::npos);
  CHECK(place.run({"train.epochs=1"}).err.find("is another cell") == std::string::npos);
}

TEST_CASE("run: --threads sets train.threads, and check says when the run's identity depends on it") {
  const RunWorkplace place;
  CHECK(place.run({"--threads", "5000"}).err.find("option '--threads' expects 0 to 1024") != std::string::npos);
  REQUIRE(place.run({"train.epochs=1", "--threads", "1"}).code == 0);
  const auto config = hourglass::test::hourglass(place.folder.path(), {"config", "small.toml", "--threads", "1"});
  const auto line = config.out.find("train.threads ");
  CHECK(config.out.substr(line, config.out.find('\n', line) - line).find("= 1 ") != std::string::npos);
  const auto unset = hourglass::test::hourglass(place.folder.path(), {"config", "small.toml"});
  CHECK(unset.out.find(" here\n", unset.out.find("train.threads ")) != std::string::npos);
  const auto check = [&](const std::string& override) {
    return hourglass::test::hourglass(place.folder.path(), {"check", "small.toml", override, "--threads", "1"}).out;
  };
  CHECK(check("seed=1").find("\nthreads    1\n") != std::string::npos);
  CHECK(check("architecture={plugin=\"conv\",channels=[4]}").find("\nthreads    1, part of the run's identity") !=
        std::string::npos);
}

TEST_CASE("run: a results folder that is a file is a usage error") {
  const RunWorkplace place;
  write(place.folder / "taken", "");
  const auto finished = place.run({"--results", "taken"});
  CHECK(finished.code == 2);
  CHECK(finished.err.find("taken") != std::string::npos);
  CHECK(finished.err.find("Not a directory") != std::string::npos);
}

TEST_CASE("run: --stale and --fresh exclude each other") {
  const RunWorkplace place;
  const auto finished = place.run({"--stale", "--fresh"});
  CHECK(finished.code == 2);
  CHECK(finished.err.starts_with("--stale and --fresh exclude each other; "));
}

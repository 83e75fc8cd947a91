// The files of a run folder: written bytes, reading back, errors of damaged files.
#include "results/run_folder.hpp"

#include <doctest/doctest.h>

#include "runs.hpp"

using namespace hourglass;
using namespace hourglass::results;
using test::error_of;
using test::TemporaryFolder;

namespace {

constexpr const char* kFix =
    "; the file was modified after it was written; delete the run folder and run its cell again";

}  // namespace

TEST_CASE("status.json: has no times and these bytes") {
  const TemporaryFolder folder;
  const RunFolder run(folder / "runs/c");
  run.write_status({State::diverged, 3, 20, "the loss is \"nan\"", "hourglass run e.toml"});
  CHECK(
      test::read(run.path() / "status.json") ==
      "{\n  \"state\": \"diverged\",\n  \"epoch\": 3,\n  \"epochs\": 20,\n  \"reason\": \"the loss is \\\"nan\\\"\",\n"
      "  \"replay\": \"hourglass run e.toml\"\n}\n");
}

TEST_CASE("status.json: every state reads back as it was written") {
  const TemporaryFolder folder;
  const RunFolder run(folder / "runs/c");
  CHECK_FALSE(run.read_status().has_value());
  for (const auto state : {State::running, State::finished, State::interrupted, State::diverged, State::failed}) {
    run.write_status({state, 1, 2, "a\nreason", "replay"});
    const auto status = run.read_status();
    REQUIRE(status.has_value());
    CHECK(status->state == state);
    CHECK(status->epoch == 1);
    CHECK(status->epochs == 2);
    CHECK(status->reason == "a\nreason");
    CHECK(status->replay == "replay");
  }
}

TEST_CASE("status.json: bytes that are not UTF-8 do not prevent recording the reason") {
  const TemporaryFolder folder;
  const RunFolder run(folder / "runs/c");
  run.write_status({State::failed, 0, 1, "file \xff.idx", ""});
  CHECK(run.read_status()->reason == "file \xEF\xBF\xBD.idx");
}

TEST_CASE("status.json: a damaged file is reported with its location and the allowed values") {
  const TemporaryFolder folder;
  const RunFolder run(folder / "runs/c");
  const auto path = run.path() / "status.json";
  const auto problem = [&](const std::string& text) {
    test::write(path, text);
    return error_of([&] { (void)run.read_status(); });
  };
  CHECK(problem("{\n  \"state\": \"fini") == path.string() + ":2:17: the file ends too early" + kFix);
  CHECK(problem("") == path.string() + ":1:1: the file ends too early" + kFix);
  CHECK(problem("{\n  \"state\": x}") == path.string() + ":2:12: this is not JSON" + kFix);
  CHECK(problem("[1]") == path.string() + ": expected a JSON object, but got a JSON array" + kFix);
  CHECK(problem("{\"epoch\": 1e999}") == path.string() + ": contains a number that is too large for a double" + kFix);
  CHECK(problem(R"({"state": "done"})") ==
        path.string() + ": expected running, finished, interrupted, diverged or failed for state, but got \"done\"" +
            kFix);
  CHECK(problem(R"({"state": "failed", "epoch": -1})") ==
        path.string() + ": expected an integer of at least 0 for epoch, but got -1" + kFix);
  CHECK(problem(R"({"state": "failed", "epoch": 1, "epochs": 2, "reason": null})") ==
        path.string() + ": expected a string for reason, but got null" + kFix);
  CHECK(problem(R"({"state": "failed", "epoch": 1, "epochs": 2, "reason": ""})") ==
        path.string() + ": expected a string for replay, but it is missing" + kFix);
}

TEST_CASE("log.txt: grows by whole lines that start with date and time") {
  const TemporaryFolder folder;
  const RunFolder run(folder / "runs/c");
  run.log("first");
  run.log("second");
  const auto text = test::read(run.path() / "log.txt");
  const auto newline = text.find('\n');
  REQUIRE(newline != std::string::npos);
  const std::string line = text.substr(0, newline), shape = "dddd-dd-dd dd:dd:dd";
  REQUIRE(line.size() > shape.size());
  for (std::size_t i = 0; i < shape.size(); ++i)
    CHECK((shape[i] == 'd' ? line[i] >= '0' && line[i] <= '9' : line[i] == shape[i]));
  CHECK(line.ends_with("  first"));
  CHECK(text.ends_with("  second\n"));
}

TEST_CASE("environment.json: plugins and additional plugin folders are read back") {
  const TemporaryFolder folder;
  const RunFolder run(folder / "runs/c");
  CHECK(error_of([&] { (void)run.read_plugins(); }) ==
        (run.path() / "environment.json").string() + ": cannot be read: No such file or directory");
  CHECK(run.read_plugin_folders().empty());
  run.write_environment(R"({"threads": 2, "plugins": {"noise/gaussian": "ab", "dataset/shapes": "cd"}})");
  using Texts = std::map<std::string, std::string>;
  CHECK(run.read_plugins() == Texts{{"dataset/shapes", "cd"}, {"noise/gaussian", "ab"}});
  CHECK(run.read_plugin_folders().empty());
  run.write_environment(R"({"plugins": {}, "plugin_folders": {"noise/gaussian": "/home/me/plugins"}})");
  CHECK(run.read_plugins().empty());
  CHECK(run.read_plugin_folders() == Texts{{"noise/gaussian", "/home/me/plugins"}});
}

TEST_CASE("environment.json: damage is reported with its location") {
  const TemporaryFolder folder;
  const RunFolder run(folder / "runs/c");
  const auto path = (run.path() / "environment.json").string();
  run.write_environment("{}");
  CHECK(error_of([&] { (void)run.read_plugins(); }) ==
        path + ": expected an object of strings for plugins, but it is missing" + kFix);
  run.write_environment(R"({"plugins": {}, "plugin_folders": [1]})");
  CHECK(error_of([&] {
          (void)run.read_plugin_folders();
        }).starts_with(path + ": expected an object of strings for plugin_folders, but got [\n  1\n]"));
}

TEST_CASE("run folder: its name is the id, in any form of the path") {
  for (const auto* path :
       {"results/runs/ab12", "results/runs/ab12/", "results/runs/other/../ab12", "results/runs/./ab12/."}) {
    CHECK(RunFolder(path).id() == "ab12");
  }
}

TEST_CASE("run folder: every file has its place in it") {
  const TemporaryFolder folder;
  const RunFolder run(folder / "runs/c");
  CHECK_FALSE(run.exists());
  CHECK(run.metrics() == run.path() / "metrics.csv");
  CHECK(run.checkpoint("best") == run.path() / "checkpoints/best");
  CHECK(run.task("denoising-1f") == run.path() / "tasks/denoising-1f");
  run.write_experiment("seed = 1\n");
  CHECK(run.exists());
  CHECK(test::read(run.path() / "experiment.toml") == "seed = 1\n");
}

TEST_CASE("find_runs: returns the folders below runs/ with a status.json, sorted") {
  const TemporaryFolder folder;
  CHECK(find_runs(folder / "missing").empty());
  for (const auto* name : {"runs/b1", "runs/a2", "runs/a1"}) RunFolder(folder / name).write_status({});
  test::write(folder / "README.md", "tables");
  test::write(folder / "runs/notes.txt", "x\n");
  test::write(folder / "runs/half/experiment.toml", "");
  test::write(folder / "runs/a1/deeper/status.json", "{}");
  test::write(folder / "status.json", "{}");
  test::write(folder / "experiments/e/status.json", "{}");
  std::filesystem::create_directories(folder / "runs/odd/status.json");
  std::filesystem::create_directory_symlink(folder / "nowhere", folder / "runs/dangling");
  std::vector<std::string> found;
  for (const auto& run : find_runs(folder.path()))
    found.push_back(run.path().lexically_relative(folder.path()).string());
  CHECK(found == std::vector<std::string>{"runs/a1", "runs/a2", "runs/b1"});
}

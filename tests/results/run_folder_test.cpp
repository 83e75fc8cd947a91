// The files of a run folder: written bytes, reading back, errors of damaged files.
#include "results/run_folder.hpp"

#include <doctest/doctest.h>

#include "runs.hpp"
#include "support/unsealed.hpp"

using namespace hourglass;
using namespace hourglass::results;
using test::error_of;
using test::TemporaryFolder;

namespace {

constexpr const char* kFix =
    "; the file was changed after it was written; run its experiment again, which makes it again";

}  // namespace

TEST_CASE("status.json: has no times and these bytes") {
  const TemporaryFolder folder;
  const RunFolder run(folder / "c");
  run.write_status({State::diverged, 3, 20, "the loss is \"nan\"", "hourglass run e.toml"});
  CHECK(
      test::unsealed(test::read(run.path() / "status.json")) ==
      "{\n  \"state\": \"diverged\",\n  \"epoch\": 3,\n  \"epochs\": 20,\n  \"reason\": \"the loss is \\\"nan\\\"\",\n"
      "  \"replay\": \"hourglass run e.toml\"\n}\n");
}

TEST_CASE("status.json: every state reads back as it was written") {
  const TemporaryFolder folder;
  const RunFolder run(folder / "c");
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
  const RunFolder run(folder / "c");
  run.write_status({State::failed, 0, 1, "file \xff.idx", ""});
  CHECK(run.read_status()->reason == "file \xEF\xBF\xBD.idx");
}

TEST_CASE("status.json: a damaged file is reported with its location and the allowed values") {
  const TemporaryFolder folder;
  const RunFolder run(folder / "c");
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
  const RunFolder run(folder / "c");
  std::filesystem::create_directory(run.path());
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
  const RunFolder run(folder / "c");
  CHECK(error_of([&] { (void)run.read_plugins(); }) ==
        (run.path() / "environment.json").string() + ": cannot be read: No such file or directory");
  CHECK(run.read_plugin_folders().empty());
  run.write_environment(
      base::Json::parse(R"({"threads": 2, "plugins": {"noise/gaussian": "ab", "dataset/shapes": "cd"}})"));
  using Texts = std::map<std::string, std::string>;
  CHECK(run.read_plugins() == Texts{{"dataset/shapes", "cd"}, {"noise/gaussian", "ab"}});
  CHECK(run.read_plugin_folders().empty());
  run.write_environment(
      base::Json::parse(R"({"plugins": {}, "plugin_folders": {"noise/gaussian": "/home/me/plugins"}})"));
  CHECK(run.read_plugins().empty());
  CHECK(run.read_plugin_folders() == Texts{{"noise/gaussian", "/home/me/plugins"}});
}

TEST_CASE("environment.json: damage is reported with its location") {
  const TemporaryFolder folder;
  const RunFolder run(folder / "c");
  const auto path = (run.path() / "environment.json").string();
  run.write_environment(base::Json::object());
  CHECK(error_of([&] { (void)run.read_plugins(); }) ==
        path + ": expected an object of strings for plugins, but it is missing" + kFix);
  run.write_environment(base::Json::parse(R"({"plugins": {}, "plugin_folders": [1]})"));
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
  const RunFolder run(folder / "c");
  CHECK_FALSE(run.exists());
  CHECK(error_of([&] { run.require_exists(); }) ==
        run.path().string() + ": the folder was removed while the run was being computed");
  CHECK(run.metrics() == run.path() / "metrics.csv");
  CHECK(run.checkpoint("best") == run.path() / "checkpoints/best");
  CHECK(run.task("denoising-1f") == run.path() / "tasks/denoising-1f");
  run.write_experiment("seed = 1\n");
  CHECK(run.exists());
  run.require_exists();
  CHECK(test::read(run.path() / "experiment.toml").starts_with("seed = 1\n# checksum "));
  CHECK(run.read_experiment() == "seed = 1\n");
}

TEST_CASE("find_runs: returns the folders below runs/ with a status.json, sorted") {
  const TemporaryFolder folder;
  CHECK(find_runs(folder / "missing").empty());
  for (const auto* name : {"runs/b1", "runs/a2", "runs/a1"}) {
    std::filesystem::create_directories(folder / name);
    RunFolder(folder / name).write_status({});
  }
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

TEST_CASE("status.json: a changed value, or a file of another run, does not match its checksum") {
  const TemporaryFolder folder;
  const RunFolder run(folder / "c"), other(folder / "d");
  run.write_status({State::finished, 13, 20, "", ""});
  const auto path = run.path() / "status.json";
  const auto whole = test::read(path);
  const auto fault = [&](const RunFolder& read) {
    return (read.path() / "status.json").string() + ": its contents do not match its checksum" + kFix;
  };
  auto changed = whole;
  test::write(path, changed.replace(whole.find("13"), 2, "14"));
  CHECK(error_of([&] { (void)run.read_status(); }) == fault(run));
  test::write(other.path() / "status.json", whole);
  CHECK(error_of([&] { (void)other.read_status(); }) == fault(other));
  test::write(path, test::unsealed(whole));  // as if it were written by hand
  CHECK(run.read_status()->epoch == 13);
}

TEST_CASE("status.json: no changed byte yields another status") {
  const TemporaryFolder folder;
  const RunFolder run(folder / "c");
  run.write_status({State::diverged, 13, 20, "nan", "r"});
  const auto path = run.path() / "status.json";
  const auto whole = test::read(path);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    auto changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    test::write(path, changed);
    try {
      const auto status = run.read_status();
      const bool same = status->state == State::diverged && status->epoch == 13 && status->epochs == 20 &&
                        status->reason == "nan" && status->replay == "r";
      CHECK_MESSAGE(same, changed);
    } catch (const base::UserError&) {
      continue;
    }
  }
}

TEST_CASE("status.json: a folder in its place is damage, not a run that has not begun") {
  const TemporaryFolder folder;
  const RunFolder run(folder / "c"), file(folder / "file");
  std::filesystem::create_directories(run.path() / "status.json");
  CHECK(error_of([&] { (void)run.read_status(); }) ==
        (run.path() / "status.json").string() + ": this is not a regular file");
  test::write(folder / "file", "");
  CHECK(error_of([&] { (void)file.read_status(); }) ==
        (file.path() / "status.json").string() + ": cannot be read: Not a directory");
}

TEST_CASE("clear: removes what a run writes, follows no link and keeps other files") {
  const TemporaryFolder folder;
  const RunFolder run(folder / "c");
  const std::vector<std::string> own = {"status.json",      "environment.json",     "metrics.csv",
                                        "checkpoints/last", "checkpoints/previous", "tasks/t-1/result.json",
                                        "tasks/t-1/a.png",  "tasks/t-1/b.csv",      "tasks/t-2/begun.json",
                                        "log.txt.7-1.tmp"},
                                 kept = {"experiment.toml", "notes.txt", "tasks/t-2/notes.txt", "checkpoints/old/last"};
  for (const auto& name : own) test::write(run.path() / name, "x");
  for (const auto& name : kept) test::write(run.path() / name, "x");
  test::write(folder / "outside/result.json", "x");
  std::filesystem::create_directory_symlink(folder / "outside", run.path() / "tasks/t-3");
  run.clear_task("t-1");
  CHECK_FALSE(std::filesystem::exists(run.path() / "tasks/t-1"));
  CHECK(std::filesystem::exists(run.path() / "tasks/t-2/begun.json"));
  run.clear();
  for (const auto& name : own) CHECK_MESSAGE(!std::filesystem::exists(run.path() / name), name);
  for (const auto& name : kept) CHECK_MESSAGE(std::filesystem::exists(run.path() / name), name);
  CHECK(std::filesystem::exists(folder / "outside/result.json"));
}

TEST_CASE("refuse_run_links: names the link, wherever it is in the run") {
  for (const auto* name :
       {"runs", "runs/c", "runs/c/log.txt", "runs/c/checkpoints", "runs/c/tasks", "runs/c/tasks/t-1"}) {
    const TemporaryFolder folder;
    const auto results = folder / "results", link = results / name;
    refuse_run_links(results, "c");
    std::filesystem::create_directories(folder / "outside");
    std::filesystem::create_directories(link.parent_path());
    std::filesystem::create_directory_symlink(folder / "outside", link);
    CHECK(error_of([&] { refuse_run_links(results, "c"); }).starts_with(link.string() + ": this is a symbolic link"));
  }
}

// Plugins that end the process, never return or change its state; signals; standard streams that are closed or full.
#include "support/process.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <csignal>

using namespace hourglass::test;

namespace {

namespace fs = std::filesystem;

constexpr const char* kExperiment = R"([dataset]
plugin = "attack_set"
[noise]
plugin = "attack_noise"
[architecture]
plugin = "mlp"
hidden = []
[bottleneck]
size = 2
[train]
epochs = 1
threads = 2
[[task]]
plugin = "attack_task"
)";

const fs::path kPlugins = fs::path(HOURGLASS_BINARY_DIR) / "test_plugins" / "attacks";

/// A folder with the experiment of the attacking plugins.
class Place {
 public:
  Place() { write(folder_ / "a.toml", kExperiment); }

  Finished run(std::vector<std::string> overrides = {}, Launch how = {.command = {}}) const {
    how.command = {program().string(), "run", "a.toml", "--format", "json", "--plugin-path", kPlugins.string()};
    how.command.insert(how.command.end(), overrides.begin(), overrides.end());
    how.folder = folder_.path();
    return launch(how);
  }
  /// Runs a shell command, in which $RUN is the run of the experiment.
  Finished shell(const std::string& command) const {
    const auto run = program().string() + " run a.toml --plugin-path " + kPlugins.string();
    return launch({.command = {"sh", "-c", command}, .folder = folder_.path(), .environment = {{"RUN", run}}});
  }
  /// Returns status.json of the only run, or "" without one.
  std::string status() const {
    std::error_code error;
    for (const auto& run : fs::directory_iterator(folder_ / "results/runs", error)) {
      if (fs::exists(run.path() / "status.json")) return read(run.path() / "status.json");
    }
    return "";
  }
  fs::path path() const { return folder_.path(); }

 private:
  TemporaryFolder folder_;
};

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("process: a plugin that ends the program is named, with what it was doing, and the run can be continued") {
  struct Case {
    std::string place, function, activity;
  };
  const Case cases[] = {{"dataset", "exit", "opening the dataset"},
                        {"noise", "_exit", "training"},
                        {"noise", "quick_exit", "training"},
                        {"task.0", "_Exit", "running task attack_task"},
                        {"task.0", "exit", "running task attack_task"}};
  for (const auto& [place, function, activity] : cases) {
    const Place here;
    const auto finished = here.run({place + ".fault=" + function});
    CHECK_MESSAGE(finished.code == 1, function, " in ", activity, ": ", finished.err);
    CHECK(finished.out == "");
    CHECK_MESSAGE(contains(finished.err, "attacks.so ended the program with " + function + "(0) while " + activity),
                  finished.err);
    if (place == "noise") CHECK(contains(here.status(), "\"state\": \"running\""));
  }
}

TEST_CASE("process: a plugin that crashes is named") {
  const std::pair<const char*, int> faults[] = {{"abort", SIGABRT}, {"terminate", SIGABRT}, {"segfault", SIGSEGV}};
  for (const auto& [fault, signal] : faults) {
    const auto finished = Place().run({std::string("noise.fault=") + fault});
    CHECK_MESSAGE(finished.code == 128 + signal, fault);
    CHECK_MESSAGE(contains(finished.err, signal == SIGABRT ? "attacks.so aborted the program while training"
                                                           : "attacks.so crashed (invalid memory access) while "),
                  finished.err);
  }
}

TEST_CASE("process: an exception without a message is one, and says which noise model threw it") {
  const auto finished = Place().run({"noise.fault=silent"});
  CHECK(finished.code == 1);
  CHECK_MESSAGE(contains(finished.err, ": noise attack_noise: an exception without a message was thrown\n"),
                finished.err);
}

TEST_CASE("process: destructors of plugins cannot change the exit code") {
  const auto finished = Place().run({"dataset.fault=late", "task.0.fault=silent"});
  CHECK_MESSAGE(finished.code == 1, finished.err);
}

TEST_CASE("process: a plugin that ends the program while it is loaded is named") {
  const auto finished = launch({.command = {program().string(), "plugins", "list", "--plugin-path", kPlugins.string()},
                                .environment = {{"HOURGLASS_TEST_ATTACK", "exit"}}});
  CHECK(finished.code == 1);
  CHECK(contains(finished.err, "attacks.so ended the program with exit(0) while loading attacks.so"));
}

TEST_CASE("process: what plugins print, and what they change in the process, leaves results as they are") {
  const auto expected = Place().run();
  REQUIRE(expected.code == 0);
  const std::pair<std::string, std::string> faults[] = {
      {"dataset", "print"},  {"noise", "print"},  {"task.0", "print"},  {"dataset", "chdir"}, {"noise", "chdir"},
      {"task.0", "chdir"},   {"noise", "locale"}, {"noise", "umask"},   {"noise", "flush"},   {"dataset", "rounding"},
      {"noise", "rounding"}, {"noise", "fork"},   {"noise", "signals"},
  };
  for (const auto& [place, fault] : faults) {
    const auto finished = Place().run({place + ".fault=" + fault});
    CHECK_MESSAGE(finished.code == 0, fault, ": ", finished.err);
    CHECK_MESSAGE(finished.out == expected.out, place, " ", fault);
    if (fault == "print") CHECK(contains(finished.err, "noise by write"));
  }
}

TEST_CASE("process: a signal ends a run whose plugin never returns, within a second") {
  const std::pair<int, std::string> cases[] = {{SIGINT, "dataset"}, {SIGTERM, "noise"}, {SIGINT, "task.0"}};
  for (const auto& [signal, place] : cases) {
    const Place here;
    const auto started = std::chrono::steady_clock::now();
    const auto finished = here.run({place + ".fault=sleep"},
                                   {.command = {}, .kill_after = std::chrono::milliseconds(700), .signal = signal});
    CHECK_MESSAGE(finished.code == 128 + signal, finished.err);
    CHECK(contains(finished.err, "which did not end by itself; the same command continues\n"));
    CHECK(std::chrono::steady_clock::now() - started < std::chrono::seconds(5));  // on a loaded machine
    if (place != "noise") continue;
    CHECK(contains(here.status(), "\"state\": \"running\""));
    CHECK(here.run().code == 0);
  }
}

TEST_CASE("process: output that cannot be written is one sentence and a code, after the run has finished") {
  for (const std::string target : {">&-", ">/dev/full", "<&- >&-"}) {
    const Place here;
    const auto finished = here.shell("exec $RUN " + target);
    CHECK_MESSAGE(finished.code == 1, target);
    CHECK(contains(finished.err, "hourglass: cannot write to standard output: "));
    CHECK(contains(here.status(), "\"state\": \"finished\""));
  }
}

TEST_CASE("process: messages that cannot be shown do not end a run") {
  for (const std::string target :
       {"$RUN 2>&-", "$RUN 2>/dev/full", "($RUN; echo $? > code) 2>&1 >table | head -n 1", "$RUN <&- 2>&-"}) {
    const Place here;
    const auto finished = here.shell(target);
    CHECK_MESSAGE(finished.code == 0, target);
    CHECK(contains(here.status(), "\"state\": \"finished\""));
    if (fs::exists(here.path() / "code")) CHECK(read(here.path() / "code") == "0\n");
  }
}

TEST_CASE("process: too little memory is an error message, whenever it runs out, and never a crash") {
  bool refused = false;
  for (int mebibytes = 104; mebibytes <= 144; mebibytes += 4) {
    const Place here;
    const auto limit = std::to_string(mebibytes * 1024);
    const auto finished = here.shell("ulimit -v " + limit + " && exec $RUN --quiet");
    CHECK_MESSAGE(finished.code <= 127, limit, ": ", finished.err);  // 127: too little for the loader of programs
    if (finished.code == 0 || finished.code == 127) continue;
    refused = refused || contains(finished.err, "the system refuses");
    const auto status = here.status();
    CHECK_MESSAGE((status.empty() || contains(status, "\"failed\"") || contains(status, "\"finished\"")), status);
  }
  CHECK(refused);
}

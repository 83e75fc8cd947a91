// Subprocesses: output, exit codes, environment and signals.
#include "base/subprocess.hpp"

#include <doctest/doctest.h>
#include <signal.h>

#include "base/error.hpp"
#include "support/process.hpp"

using namespace hourglass;
using base::run_subprocess;

TEST_CASE("subprocess: exit codes and signals are returned") {
  CHECK(run_subprocess({.command = {"sh", "-c", "exit 3"}}).code == 3);
  CHECK(run_subprocess({.command = {"sh", "-c", "kill -9 $$"}}).code == 128 + 9);
}

TEST_CASE("subprocess: both streams are captured, whatever their size") {
  CHECK(run_subprocess({.command = {"echo", "a b"}}).output == "a b\n");
  const std::string script = "i=0; while [ $i -lt 20000 ]; do echo out $i; echo err $i >&2; i=$((i+1)); done";
  const auto both = run_subprocess({.command = {"sh", "-c", script}, .errors = base::Subprocess::Stream::captured});
  CHECK(both.output.ends_with("out 19999\n"));
  CHECK(both.errors.ends_with("err 19999\n"));
  CHECK(both.output.size() == both.errors.size());
  const auto neither = run_subprocess({.command = {"sh", "-c", "echo no; echo no >&2"},
                                       .output = base::Subprocess::Stream::discarded,
                                       .errors = base::Subprocess::Stream::discarded});
  CHECK(neither.output + neither.errors == "");
}

TEST_CASE("subprocess: standard input is empty, folder and variables are as requested") {
  const test::TemporaryFolder folder;
  CHECK(run_subprocess({.command = {"cat"}}).output == "");
  CHECK(run_subprocess({.command = {"pwd", "-P"}, .folder = folder.path()}).output ==
        std::filesystem::canonical(folder.path()).string() + "\n");
  CHECK(run_subprocess(
            {.command = {"sh", "-c", "echo $HOURGLASS_TEST_WORD"}, .environment = {{"HOURGLASS_TEST_WORD", "hello"}}})
            .output == "hello\n");
}

TEST_CASE("subprocess: does not wait for processes that a child leaves running") {
  const auto start = std::chrono::steady_clock::now();
  CHECK(run_subprocess({.command = {"sh", "-c", "sleep 30 2>&- & echo done"}}).output == "done\n");
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(20));
}

TEST_CASE("subprocess: a program that runs too long gets the signal") {
  const base::Subprocess::Kill kill{std::chrono::milliseconds(50), SIGTERM};
  CHECK(run_subprocess({.command = {"sleep", "30"}, .kill = kill}).code == 128 + SIGTERM);
  CHECK(run_subprocess({.command = {"true"}, .kill = base::Subprocess::Kill{std::chrono::seconds(30), SIGTERM}}).code ==
        0);
}

TEST_CASE("subprocess: signals that this program blocks reach the child") {
  sigset_t blocked, before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &blocked, &before);
  const auto ended = run_subprocess({.command = {"sh", "-c", "kill -TERM $$; exit 0"}});
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  CHECK(ended.code == 128 + SIGTERM);
}

TEST_CASE("subprocess: the error for a missing program or folder names it") {
  CHECK_THROWS_WITH_AS(run_subprocess({.command = {"no-such-program"}}),
                       "the program 'no-such-program' is not installed", base::UserError);
  CHECK_THROWS_WITH_AS(run_subprocess({.command = {"true"}, .folder = "/nowhere"}),
                       "/nowhere: this folder does not exist, so 'true' cannot run there", base::UserError);
}

// Options and help texts that commands share.
#include <doctest/doctest.h>

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "shared_workplace.hpp"

using namespace hourglass::test;
namespace fs = std::filesystem;

namespace {

/// Returns what `hourglass check` of a valid experiment says to further arguments.
std::string check(std::vector<std::string> more) {
  const SharedWorkplace place;
  write(place.folder / "e.toml", kText);
  more.insert(more.begin(), {"check", "e.toml"});
  const auto finished = place(more);
  CHECK(finished.code == 2);
  return finished.err;
}

std::string unknown(const std::string& option, const std::string& meant) {
  return "unknown option '" + option + "'; a key of the experiment is written without dashes, as " + meant +
         "; `hourglass check --help` lists the options\n";
}

}  // namespace

TEST_CASE("options: for a key that is given as an option, the whole override is shown") {
  CHECK(check({"--epochs=3"}) == unknown("--epochs", "train.epochs=3 or task.0.epochs=3"));
  CHECK(check({"--epochs", "3"}) == unknown("--epochs", "train.epochs=3 or task.0.epochs=3"));
  CHECK(check({"--batch-size=3"}) == unknown("--batch-size", "train.batch_size=3 or task.0.batch_size=3"));
  CHECK(check({"--train.epochs=3"}) == unknown("--train.epochs", "train.epochs=3"));
  CHECK(check({"--noise=none"}) == unknown("--noise", "noise=none"));
  CHECK(check({"--optimizer=sgd"}) == unknown("--optimizer", "train.optimizer=sgd"));
  CHECK(check({"--sigma"}) == unknown("--sigma", "noise.sigma=VALUE"));
  CHECK(check({"--result=x"}) == "unknown option '--result'; did you mean '--results'?\n");
  CHECK(check({"--name=x"}) == unknown("--name", "name=x or task.0.name=x"));
}

TEST_CASE("options: a key of the experiment is preferred to an option with a similar name") {
  const SharedWorkplace place;
  CHECK(place({"config", "e.toml", "--epochs=3"}).err ==
        "unknown option '--epochs'; a key of the experiment is written without dashes, as train.epochs=3 or "
        "task.0.epochs=3; `hourglass "
        "config --help` lists the options\n");
}

TEST_CASE("options: empty values are refused, since an empty path would be the working directory") {
  const SharedWorkplace place;
  write(place.folder / "e.toml", kText);
  const auto problem = [&](const std::vector<std::string>& arguments) {
    const auto finished = place(arguments);
    CHECK(finished.code == 2);
    CHECK(finished.out.empty());
    return finished.err;
  };
  for (const std::string command : {"run", "check"}) {
    CHECK(problem({command, "e.toml", "--results", ""}) ==
          "option '--results' needs a value, but got an empty one; `hourglass " + command +
              " --help` lists the options\n");
  }
  CHECK(problem({"config", "e.toml", "--plugin-path", ""}).starts_with("option '--plugin-path' needs a value"));
  CHECK(problem({"data", "list", "--data-dir", ""}).starts_with("option '--data-dir' needs a value"));
  CHECK(problem({"config", ""}).starts_with("an argument is empty: expected hourglass config FILE"));
  CHECK(problem({"table", ""}).starts_with("an argument is empty: expected hourglass table"));
  CHECK_FALSE(fs::exists(place.folder / "runs"));
}

TEST_CASE("options: wrong, missing and repeated values are refused with the name of the option") {
  const SharedWorkplace place;
  CHECK(place({"runs", "show", "a", "--epochs=x"}).err == "option '--epochs' expects an integer, but got 'x'\n");
  CHECK(place({"runs", "show", "a", "--epochs=-1"}).err == "option '--epochs' expects 0 to 1000000000, but got -1\n");
  CHECK(place({"data", "info", "a", "--format", "jso"}).err ==
        "option '--format' expects one of table, json, but got 'jso'; did you mean 'json'?\n");
  CHECK(place({"table", "--sort", "a", "--sort", "b"}).err == "option '--sort' was given more than once\n");
  CHECK(place({"evaluate", "--task"}).err ==
        "option '--task' needs a value; `hourglass evaluate --help` lists the options\n");
  CHECK(place({"bench", "--quick=1"}).err ==
        "option '--quick' takes no value; `hourglass bench --help` lists the options\n");
}

TEST_CASE("options: help is wrapped at 80 columns unless the terminal is wider") {
  const SharedWorkplace place;
  for (const std::string command : {"table", "evaluate", "bench", "check", "config", "run"}) {
    CAPTURE(command);
    std::istringstream lines(place({command, "--help"}).out);
    for (std::string line; std::getline(lines, line);) {
      CAPTURE(line);
      CHECK(line.size() <= 80);
    }
  }
}

TEST_CASE("run: a results folder that cannot be written is refused before anything is trained, with the fix") {
  const SharedWorkplace place;
  write(place.folder / "results/runs", "a file where the folder should be");
  const auto finished = place.run("e.toml", kText);
  CHECK(finished.code == 2);
  CHECK(finished.out.empty());
  CHECK(finished.err ==
        "results/runs: results cannot be written to this folder: Not a directory; make it writable or give another one "
        "with --results DIR\n");
}

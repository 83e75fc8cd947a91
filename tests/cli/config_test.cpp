// `hourglass config` as a user calls it.
#include <doctest/doctest.h>

#include <sstream>
#include <string>

#include "support/process.hpp"

using namespace hourglass;

namespace {
const std::string kExperiment =
    "# Why?\n[dataset]\nplugin = \"shapes\"\n[noise]\nplugin = \"gaussian\"\n[architecture]\nplugin = \"mlp\"\n";
}

TEST_CASE("config: each value is printed with its origin") {
  const test::TemporaryFolder folder;
  test::write(folder / "experiment.toml", kExperiment);
  const auto finished = test::hourglass(folder.path(), {"config", "experiment.toml", "noise.sigma=0.5"});
  CHECK(finished.code == 0);
  CHECK(finished.out.find("\"gaussian\"") != std::string::npos);
  CHECK(finished.out.find("experiment.toml:5:10\n") != std::string::npos);
  CHECK(finished.out.find("command line\n") != std::string::npos);
}

TEST_CASE("config: --format toml prints an experiment file that reproduces itself") {
  const test::TemporaryFolder folder;
  test::write(folder / "experiment.toml", kExperiment);
  const auto first = test::hourglass(folder.path(), {"config", "experiment.toml", "seeds=3", "--format", "toml"});
  CHECK(first.code == 0);
  test::write(folder / "again.toml", first.out);
  CHECK(test::hourglass(folder.path(), {"config", "again.toml", "--format", "toml"}).out == first.out);
}

TEST_CASE("config: --docs wraps its texts at 80 columns unless the terminal is wider") {
  const test::TemporaryFolder folder;
  test::write(folder / "experiment.toml", kExperiment);
  const auto finished = test::hourglass(folder.path(), {"config", "experiment.toml", "--docs"});
  CHECK(finished.code == 0);
  std::istringstream lines(finished.out);
  for (std::string line; std::getline(lines, line);) {
    CAPTURE(line);
    CHECK((line.size() <= 80 || !line.starts_with("    ")));
  }
}

TEST_CASE("config: all problems are printed to standard error, with exit code 2") {
  const test::TemporaryFolder folder;
  test::write(folder / "experiment.toml", kExperiment + "[train]\nepoch = 3\nloss = \"bse\"\n");
  const auto finished = test::hourglass(folder.path(), {"config", "experiment.toml"});
  CHECK(finished.code == 2);
  CHECK(finished.out == "");
  CHECK(finished.err.find("experiment.toml:9:1: [train] unknown key 'epoch'") != std::string::npos);
  CHECK(finished.err.find("experiment.toml:10:8: [train] 'loss' expects one of ") != std::string::npos);
}

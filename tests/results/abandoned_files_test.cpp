// Temporary files of a list of cells that a killed process has left.
#include <doctest/doctest.h>

#include "results/experiment_folder.hpp"
#include "runs.hpp"

using namespace hourglass;

TEST_CASE("cells.json: the next writer removes what a killed process has left, and nothing else") {
  const test::TemporaryFolder folder;
  const results::ExperimentFolder experiment(folder.path(), "small");
  for (const auto* name : {"cells.json.123-0.tmp", "notes.tmp", "cells.json.old"})
    test::write(experiment.path() / name, "half");
  experiment.add("", {test::make_cell("ab12", 0.1, 1)});
  CHECK_FALSE(std::filesystem::exists(experiment.path() / "cells.json.123-0.tmp"));
  CHECK(std::filesystem::exists(experiment.path() / "notes.tmp"));
  CHECK(std::filesystem::exists(experiment.path() / "cells.json.old"));
}

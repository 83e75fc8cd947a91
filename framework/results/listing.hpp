// Runs as `hourglass runs` prints them: a list of many, and all about one.
#pragma once

#include <string>
#include <vector>

#include "results/run_folder.hpp"
#include "results/table.hpp"

namespace hourglass::results {

/// Makes a table with one row per run: experiment, cell, seed, state, epochs, and the first metric that it reported (on
/// the test split, if there is one).
Table list_runs(const std::vector<RunFolder>& runs);

/// Writes what one run folder holds: question, state with reason and replay command, configuration, the last `epochs`
/// epochs, metrics beside their baselines, files with sizes. A damaged file is told in its place. UserError when it is
/// no run folder.
std::string describe_run(const RunFolder& run, std::size_t epochs = 5);

}  // namespace hourglass::results

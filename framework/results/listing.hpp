// Runs as `hourglass runs` prints them: a list of many, and all about one.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "results/run_record.hpp"
#include "results/table.hpp"

namespace hourglass::results {

/// Names the plugins, "kind/name", whose libraries have changed since a run or one of its tasks was computed.
using ChangedPlugins = std::function<std::vector<std::string>(const RunRecord&)>;

/// Makes a table with one row per cell: experiment, run, what sets the cell apart, seed, state, epochs, and the first
/// metric that its tasks reported (on the test split, if there is one). A run is stale when `changed`, which may be
/// empty, names a plugin.
Table list_runs(const std::vector<RunRecord>& runs, const ChangedPlugins& changed = {});

/// Writes what one run folder holds: question, state with reason and the commands that continue it and that start it
/// over, configuration, the last `epochs` epochs, metrics with their baselines, files with sizes. A damaged file is
/// reported where its contents would be.
std::string describe_run(const RunRecord& run, std::size_t epochs = 5, const ChangedPlugins& changed = {});

}  // namespace hourglass::results

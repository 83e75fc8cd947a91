// Writes runs as `hourglass runs` prints them: the list of all, and the description of one.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "results/run_record.hpp"
#include "results/table.hpp"

namespace hourglass::results {

/// Returns the plugins, "kind/name", whose libraries have changed since a run or one of its tasks was computed.
using ChangedPlugins = std::function<std::vector<std::string>(const RunRecord&)>;

/// Makes a table with one row per cell: experiment, run id, cell label, state, finished epochs, all epochs, the first
/// metric that its tasks reported (on the test split, if there is one) and its value; and the reason if any run has
/// one. A finished run is marked as stale if `changed`, which may be empty, returns a plugin.
Table list_runs(const std::vector<RunRecord>& runs, const ChangedPlugins& changed = {});

/// Describes one run: question, state with reason, the commands that continue and restart it, configuration, the last
/// `epochs` epochs, metrics with their baselines, files with sizes. A damaged file is reported in place of its
/// contents.
std::string describe_run(const RunRecord& run, std::size_t epochs = 5, const ChangedPlugins& changed = {});

}  // namespace hourglass::results

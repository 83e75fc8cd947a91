// Runs as `hourglass runs` prints them: a list of many, and all about one.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "results/run_folder.hpp"
#include "results/table.hpp"

namespace hourglass::results {

/// Names the plugins, "kind/name", whose libraries have changed since a run was computed.
using ChangedPlugins = std::function<std::vector<std::string>(const RunFolder&)>;

/// Makes a table with one row per run: experiment, cell, seed, state, epochs, and the first metric that it reported (on
/// the test split, if there is one). A finished run is stale when `changed`, which may be empty, names a plugin.
Table list_runs(const std::vector<RunFolder>& runs, const ChangedPlugins& changed = {});

/// Writes what one run folder holds: question, state with reason and the commands that go on and that start over,
/// configuration, the last `epochs` epochs, metrics beside their baselines, files with sizes. A damaged file is told in
/// its place. UserError when it is no run folder.
std::string describe_run(const RunFolder& run, std::size_t epochs = 5, const ChangedPlugins& changed = {});

}  // namespace hourglass::results

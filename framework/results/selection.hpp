// Finds the runs that a user selects by name, file, folder or id.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "results/run_record.hpp"

namespace hourglass::results {

/// Returns the cells that `names` select, or all cells if it is empty. Each name is that of an experiment, an
/// experiment file (whose experiment is its key `name` or its stem), a results folder, an experiment's folder, a run
/// folder, or the unique beginning of a run id. Each cell is returned once, in the order of the names. An experiment
/// file without runs gives no cells. Throws UserError with the nearest experiment if a name is none of these.
std::vector<RunRecord> select_runs(const std::filesystem::path& results, const std::vector<std::string>& names);

/// Returns a run by its folder or by the unique beginning of its id. Throws UserError if there is no such run, or
/// several.
RunFolder find_run(const std::filesystem::path& results, const std::string& name);

}  // namespace hourglass::results

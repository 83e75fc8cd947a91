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
/// file without runs gives no cells; one whose experiment has the cells of another file of the same name is refused. A
/// link in an experiment's folder is the cell of that experiment; a run that is selected otherwise is the first cell
/// that lists it. Throws UserError with the nearest experiment if a name is none of these. Adds a sentence to
/// `problems` for each damaged list of cells that does not prevent a selection.
std::vector<RunRecord> select_runs(const std::filesystem::path& results, const std::vector<std::string>& names,
                                   std::vector<std::string>& problems);

/// Returns a run by its folder, by a link to it, or by the unique beginning of its id. Throws UserError if there is no
/// such run, or several. Adds to `problems` like select_runs().
RunRecord find_run(const std::filesystem::path& results, const std::string& name, std::vector<std::string>& problems);

/// Returns the cells of all experiments that list the run in this folder. Adds damaged lists to `problems`.
std::vector<Listing> listings_of(const RunFolder& run, std::vector<std::string>& problems);

}  // namespace hourglass::results

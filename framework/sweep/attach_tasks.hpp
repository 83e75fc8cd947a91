// Gives the cells of an experiment the tasks that `hourglass evaluate` added to it.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "run/run_cell.hpp"

namespace hourglass::sweep {

/// Adds to each cell the tasks that `hourglass evaluate` added to the listed cells of its run (see
/// results::added_tasks). A cell whose run is not listed gets the tasks that all listed cells have. Returns sentences
/// for users about tasks that cannot be evaluated now, have a new name, or are missing in some of the cells.
std::set<std::string> attach_added_tasks(std::vector<run::Cell>& cells, const run::RunOptions& options);

}  // namespace hourglass::sweep

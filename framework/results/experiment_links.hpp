// Links under readable names in the folder of an experiment: to the runs of its cells and to the results of their
// tasks.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "results/listed_cell.hpp"

namespace hourglass::results {

/// Returns the name of the link to a cell: its label without slashes, not hidden, and not too long.
std::string link_name(const ListedCell& cell);

/// Makes the links of all cells of a list, of which the last one with a name counts: `<label>` to the run, and
/// `tasks/<task>/<label>` to the folder of the task's result. Removes links to runs and results that belong to no cell.
/// Keeps other links and files. Links are only for people, so failures are ignored. The caller holds the lock of
/// `folder`.
void update_links(const std::filesystem::path& folder, const std::vector<ListedCell>& cells);

}  // namespace hourglass::results

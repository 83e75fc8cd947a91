// Links under readable names in the folder of an experiment: to the runs of its cells and to the results of their
// tasks.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "results/listed_cell.hpp"

namespace hourglass::results {

/// Returns the names of the links to the cells of a list, in its order: their labels without slashes, not hidden, and
/// not too long. Of several cells with one name the last one has it, and the others have a number after it.
std::vector<std::string> link_names(const std::vector<ListedCell>& cells);

/// Makes the links of all cells of a list: `<label>` to the run, and `tasks/<task>/<label>` to the folder of the task's
/// result. Removes links to runs and results that belong to no cell.
/// Keeps other links and files. Links are only for people, so failures are ignored. The caller holds the lock of
/// `folder`.
void update_links(const std::filesystem::path& folder, const std::vector<ListedCell>& cells);

}  // namespace hourglass::results

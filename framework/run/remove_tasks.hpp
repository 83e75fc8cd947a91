// Removes tasks that `hourglass evaluate --task` added to the cells of an experiment.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "results/run_record.hpp"

namespace hourglass::run {

/// Removes the added tasks with these names from the cells that are `records`, and their results, also those with other
/// evaluation keys or of another checkpoint, unless another cell lists them. Returns sentences that say what was
/// removed. Throws UserError, before anything is removed, if no cell has such a task, if the experiment's file declares
/// it, or if another process is computing one of the runs. A result whose run another process begins to compute
/// meanwhile is kept.
std::vector<std::string> remove_added_tasks(const std::vector<results::RunRecord>& records,
                                            const std::vector<std::string>& names,
                                            const std::filesystem::path& results);

}  // namespace hourglass::run

// A cell made again from what its run left, to evaluate tasks on it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "results/run_record.hpp"
#include "run/cell.hpp"

namespace hourglass::run {

/// Turns what `--task` was given into overrides of an experiment's tasks: the [[task]] tables of TOML files, and tasks
/// written as `plugin=NAME key=value ...`. Empty without any. UserError for what is neither.
std::vector<std::string> task_overrides(const std::vector<std::string>& given);

/// Returns the cell of a run that has finished: its configuration with the tasks of `overrides`, or, when these are
/// empty, with those that its experiment lists. `schema` and `registry` must outlive it. UserError when the
/// configuration can no longer be resolved.
Cell trained_cell(const results::RunRecord& record, const std::vector<std::string>& overrides,
                  const experiment::Schema& schema, const host::Registry& registry);

/// Adds the tasks of `cell` to the list of the experiment that `record` belongs to, if any. A name that the experiment
/// uses for another task gets a number.
void list_added_tasks(const results::RunRecord& record, const Cell& cell, const std::filesystem::path& results);

}  // namespace hourglass::run

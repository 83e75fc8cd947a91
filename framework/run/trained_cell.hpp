// Restores the cell of a finished run from its files, in order to evaluate tasks on it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "results/run_record.hpp"
#include "run/cell.hpp"

namespace hourglass::run {

/// Converts the arguments of `--task` to overrides of an experiment's tasks. They are TOML files with [[task]] tables,
/// and tasks written as `plugin=NAME key=value ...`. Throws UserError for anything else.
std::vector<std::string> task_overrides(const std::vector<std::string>& given);

/// Returns the cell of a finished run: its configuration with the tasks of `overrides` or, if these are empty, with
/// those that its experiment lists. `schema` and `registry` must outlive it. Throws UserError if the configuration can
/// no longer be resolved.
Cell trained_cell(const results::RunRecord& record, const std::vector<std::string>& overrides,
                  const experiment::Schema& schema, const host::Registry& registry);

/// Adds the tasks of `cell` to the list of the experiment that `record` belongs to, if any. A name that the experiment
/// uses for another task gets a number.
void list_added_tasks(const results::RunRecord& record, const Cell& cell, const std::filesystem::path& results);

}  // namespace hourglass::run

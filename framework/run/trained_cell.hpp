// Restores the cell of a finished run from its files, in order to evaluate tasks on it or to apply its model.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "experiment/document.hpp"
#include "results/run_record.hpp"
#include "run/cell.hpp"

namespace hourglass::run {

/// Converts the arguments of `--task` to entries of [[task]], each with its location. They are TOML files with [[task]]
/// tables, whose paths are relative to the file, and tasks written as `plugin=NAME key=value ...`. Throws UserError for
/// anything else.
std::vector<experiment::TomlEntry> task_entries(const std::vector<std::string>& given,
                                                const experiment::Schema& schema);

/// Returns the cell that `record` describes: the configuration of its run with the settings of the cell that concern
/// evaluation, and with `tasks` or, if these are empty, with those that its experiment lists, without absent_tasks().
/// `schema` and `registry` must outlive it. Throws UserError if the configuration can no longer be resolved.
Cell trained_cell(const results::RunRecord& record, const std::vector<experiment::TomlEntry>& tasks,
                  const experiment::Schema& schema, const host::Registry& registry);

/// Returns the same cell without any task.
Cell cell_without_tasks(const results::RunRecord& record, const experiment::Schema& schema,
                        const host::Registry& registry);

/// Returns why the id of `cell` is not that of its run, `record`, and the fix, as far as can be known: the data, the
/// keys of a plugin or the files of the run have changed since it was trained. Opens the data.
std::string reason_of_other_id(const results::RunRecord& record, const Cell& cell);

}  // namespace hourglass::run

// Tasks that `hourglass evaluate --task` added to the cells of an experiment.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "experiment/document.hpp"
#include "results/run_record.hpp"
#include "run/cell.hpp"
#include "run/run_cell.hpp"

namespace hourglass::run {

/// Returns the value of a key of the task `plugin`, or of its selector, as TOML of the type of the key.
std::string task_value(const std::string& plugin, const results::Setting& key, const host::Registry& registry);

/// Returns the [[task]] with this name and these keys, as settings_of() gives them.
experiment::TomlEntry task_entry(const std::string& name, const std::vector<results::Setting>& keys,
                                 const host::Registry& registry);

/// Returns the plugin of an added task with these keys, if `registry` lacks it; else "".
std::string absent_plugin(const std::vector<results::Setting>& keys, const host::Registry& registry);

/// Returns a sentence for each added task whose plugin is not found now, so that it cannot be evaluated.
std::vector<std::string> absent_tasks(const results::RunRecord& record, const host::Registry& registry);

/// Adds tasks to the configuration of a cell, except those that it has already. A name that the cell uses for another
/// task gets a number. A task that cannot be evaluated, such as one whose plugin is not found, goes to
/// Cell::unavailable. Returns a sentence for each of these and for each new name.
std::set<std::string> attach_tasks(Cell& cell, const std::vector<results::ListedTask>& tasks,
                                   const RunOptions& options);

/// Returns the tasks of `cell`, whose entry is `listed`, as ExperimentFolder::add_tasks() adds them to the cell
/// `record`.
std::vector<results::TaskOfCell> tasks_to_add(const results::RunRecord& record, const Cell& cell,
                                              const results::ListedCell& listed);

/// Returns the added tasks of the cell `record` whose results are elsewhere now, for ExperimentFolder::move_tasks():
/// the version of a plugin has changed, or the plugin of a task is found again.
std::vector<results::TaskOfCell> tasks_to_move(const results::RunRecord& record, const results::ListedCell& listed);

/// Throws UserError if two tasks of `listed`, the entry of a cell, are the same, or if one has a name that the user
/// gave (in `entries`, in the same order), but the cell `record` has another task of this name or the same task under
/// another name.
void refuse_taken_names(const results::RunRecord& record, const results::ListedCell& listed,
                        const std::vector<experiment::TomlEntry>& entries, const RunOptions& options);

/// Returns the command that removes an added task of an experiment.
std::string removing_command(const std::string& experiment, const std::string& task, const RunOptions& options);

}  // namespace hourglass::run

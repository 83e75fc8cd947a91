#include "sweep/attach_tasks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "hourglass/task.hpp"
#include "run/added_tasks.hpp"
#include "run/command.hpp"
#include "sweep/run_cells.hpp"

namespace hourglass::sweep {
namespace {

using results::ListedCell;
using results::ListedTask;
using results::Setting;

/// The keys and values of a task as text, which tells tasks apart whatever their names.
using Keys = std::vector<std::string>;

Keys keys_of(const std::vector<Setting>& settings) {
  Keys keys;
  for (const auto& key : settings) keys.push_back(fmt::format("{}={}", key.key, run::text_of(key.value)));
  return keys;
}

/// Returns the command that adds a task to the cells of an experiment.
std::string adding_command(const std::string& experiment, const ListedTask& task, const run::RunOptions& options) {
  const auto plugin = run::plugin_of(task.keys);
  std::vector<std::string> words = {"evaluate", experiment, "--task", "plugin=" + plugin};
  for (const auto& key : task.keys) {
    if (key.key == "plugin") continue;
    words.push_back(fmt::format("{}={}", key.key, run::task_value(plugin, key, options.registry)));
  }
  words.push_back("name=" + task.name);
  return run::hourglass_command(words, options.results, options.plugin_path);
}

using Tasks = std::map<Keys, ListedTask>;

Tasks added_to(const ListedCell& cell) {
  Tasks tasks;
  for (const auto& task : cell.tasks) {
    if (task.added) tasks.emplace(keys_of(task.keys), task);
  }
  return tasks;
}

/// Returns the tasks that were added to all cells of a list, without the folders of their results.
std::vector<ListedTask> common_tasks(const std::vector<ListedCell>& list) {
  auto common = added_to(list.back());
  for (const auto& cell : list) {
    const auto own = added_to(cell);
    std::erase_if(common, [&](const auto& entry) { return !own.contains(entry.first); });
  }
  std::vector<ListedTask> tasks;
  for (const auto& task : list.back().tasks) {  // in the order in which they were added
    if (!task.added || !common.contains(keys_of(task.keys))) continue;
    tasks.push_back(task);
    tasks.back().folder.clear();
  }
  return tasks;
}

/// Returns the keys of all tasks of a cell, those of the file and added ones.
std::set<Keys> tasks_of(const run::Cell& cell) {
  std::set<Keys> tasks;
  for (const auto* section : cell.config.all(Task::kKind)) tasks.insert(keys_of(run::settings_of(*section)));
  for (const auto& task : cell.unavailable) tasks.insert(keys_of(task.keys));
  return tasks;
}

/// Returns a sentence for each added task of the list that some of the cells lack.
std::set<std::string> lacking(const std::vector<run::Cell>& cells, const std::vector<ListedCell>& list,
                              const run::RunOptions& options) {
  Tasks added;
  for (const auto& cell : list) added.merge(added_to(cell));
  std::map<Keys, std::size_t> having;
  for (const auto& cell : cells) {
    for (const auto& task : tasks_of(cell)) ++having[task];
  }
  std::set<std::string> sentences;
  for (const auto& [keys, task] : added) {
    const auto lacks = cells.size() - having[keys];
    if (lacks == 0) continue;
    const auto& experiment = cells.front().experiment;
    sentences.insert(fmt::format("{}: {} of {} cells {} the added task {}; once they are trained, `{}` adds it to them",
                                 experiment, lacks, cells.size(), lacks == 1 ? "lacks" : "lack", task.name,
                                 adding_command(experiment, task, options)));
  }
  return sentences;
}

}  // namespace

std::set<std::string> attach_added_tasks(std::vector<run::Cell>& cells, const run::RunOptions& options) {
  const auto list = results::ExperimentFolder(options.results, cells.front().experiment).cells();
  if (std::ranges::all_of(list, [](const auto& cell) { return added_to(cell).empty(); })) return {};
  std::set<std::string> sentences;
  const auto known = results::by_run(list);
  const auto common = common_tasks(list);
  const auto listed = list_cells(cells);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto tasks = known.contains(listed[i].run) ? results::added_tasks(known, listed[i]) : common;
    sentences.merge(run::attach_tasks(cells[i], tasks, options));
  }
  sentences.merge(lacking(cells, list, options));
  return sentences;
}

}  // namespace hourglass::sweep

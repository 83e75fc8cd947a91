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

/// Returns the words that ask `hourglass evaluate --task` for a task with these keys: `plugin=linear_probe l2=0.001`.
std::vector<std::string> words_of(const std::vector<Setting>& keys) {
  std::vector<std::string> words;
  for (const auto& key : keys) words.push_back(fmt::format("{}={}", key.key, run::text_of(key.value)));
  return words;
}

/// Added tasks by the words of their keys, whatever their names.
using Tasks = std::map<std::vector<std::string>, ListedTask>;

Tasks added_to(const ListedCell& cell) {
  Tasks tasks;
  for (const auto& task : cell.tasks) {
    if (task.added) tasks.emplace(words_of(task.keys), task);
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
    if (!task.added || !common.contains(words_of(task.keys))) continue;
    tasks.push_back(task);
    tasks.back().folder.clear();
  }
  return tasks;
}

/// Returns the keys of all tasks of a cell, those of the file and added ones.
std::set<std::vector<std::string>> tasks_of(const run::Cell& cell) {
  std::set<std::vector<std::string>> tasks;
  for (const auto* section : cell.config.all(Task::kKind)) tasks.insert(words_of(run::settings_of(*section)));
  for (const auto& task : cell.unavailable) tasks.insert(words_of(task.keys));
  return tasks;
}

/// Returns a sentence for each added task of the list that some of the cells lack.
std::set<std::string> lacking(const std::vector<run::Cell>& cells, const std::vector<ListedCell>& list,
                              const run::RunOptions& options) {
  Tasks added;
  for (const auto& cell : list) added.merge(added_to(cell));
  std::map<std::vector<std::string>, std::size_t> having;
  for (const auto& cell : cells) {
    for (const auto& task : tasks_of(cell)) ++having[task];
  }
  std::set<std::string> sentences;
  for (const auto& [keys, task] : added) {
    const auto lacks = cells.size() - having[keys];
    if (lacks == 0) continue;
    std::vector<std::string> words = {"evaluate", cells.front().experiment, "--task"};
    words.insert(words.end(), keys.begin(), keys.end());
    words.push_back("name=" + task.name);
    sentences.insert(fmt::format("{}: {} of {} cells {} the added task {}; once they are trained, `{}` adds it to them",
                                 cells.front().experiment, lacks, cells.size(), lacks == 1 ? "lacks" : "lack",
                                 task.name, run::hourglass_command(words, options.results, options.plugin_path)));
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

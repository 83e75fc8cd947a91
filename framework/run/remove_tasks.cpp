#include "run/remove_tasks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/error.hpp"
#include "base/suggest.hpp"
#include "results/experiment_folder.hpp"
#include "results/experiment_lists.hpp"
#include "results/run_lock.hpp"
#include "results/task_result.hpp"
#include "run/cell.hpp"

namespace hourglass::run {
namespace {

namespace fs = std::filesystem;

/// A listed cell of an experiment, and its record.
struct Chosen {
  const results::RunRecord* record;
  results::ListedCell cell;
};

/// Returns the listed cells that are `records`. Reads the list of each experiment once.
std::vector<Chosen> chosen_cells(const std::vector<results::RunRecord>& records, const fs::path& results) {
  std::map<std::string, std::map<std::pair<std::string, std::string>, const results::RunRecord*>> by_experiment;
  for (const auto& record : records) {
    if (!record.experiment.empty()) by_experiment[record.experiment][{record.id(), record.label}] = &record;
  }
  std::vector<Chosen> chosen;
  for (const auto& [experiment, own] : by_experiment) {
    for (auto& cell : results::ExperimentFolder(results, experiment).cells()) {
      if (const auto found = own.find({cell.run, cell.label}); found != own.end())
        chosen.push_back({found->second, std::move(cell)});
    }
  }
  return chosen;
}

/// A cell from whose list a task is removed.
struct Removal {
  const results::RunRecord* record;
  std::string folder;  ///< of the result; "" if it is unknown
  std::string plugin;  ///< of the task
};

/// Removals by the names of the tasks.
using Removals = std::map<std::string, std::vector<Removal>>;

/// Throws UserError if another process is computing one of the runs.
void refuse_busy(const Removals& removals) {
  for (const auto& [name, cells] : removals) {
    for (const auto& removal : cells) {
      const auto& run = removal.record->folder.path();
      if (!results::RunLock::held(run)) continue;
      throw base::UserError(fmt::format(
          "{}: another process is computing this run; remove task {} when it has finished", run.string(), name));
    }
  }
}

/// Returns the cells to which a task of this name was added. Throws UserError if there are none.
std::vector<Removal> removals_of(const std::string& name, const std::vector<Chosen>& chosen) {
  std::vector<Removal> removals;
  std::set<std::string> experiments, added, declared;
  for (const auto& [record, cell] : chosen) {
    experiments.insert(record->experiment);
    for (const auto& task : cell.tasks) {
      if (task.added) added.insert(task.name);
      if (task.name == name && task.added) removals.push_back({record, task.folder, plugin_of(task.keys)});
      if (task.name == name && !task.added) declared.insert(record->experiment);
    }
  }
  if (!removals.empty()) return removals;
  if (!declared.empty()) {
    throw base::UserError(fmt::format("--remove-task {}: the file of {} declares this task; remove it from the file",
                                      name, fmt::join(declared, ", ")));
  }
  throw base::UserError(fmt::format(
      "--remove-task {}: {} has no such task; {}{}", name,
      experiments.empty() ? "the selection" : fmt::format("{}", fmt::join(experiments, ", ")),
      added.empty() ? "no task was added to it" : fmt::format("its added tasks are {}", fmt::join(added, ", ")),
      base::did_you_mean(name, std::vector(added.begin(), added.end()))));
}

/// Returns the folders of the other results of the task `name` in the run of a cell: with other evaluation keys or of
/// another checkpoint.
std::vector<std::string> other_results(const std::string& name, const Removal& removal) {
  std::vector<std::string> folders;
  std::error_code error;
  for (fs::directory_iterator entry(removal.record->folder.path() / "tasks", error), end; !error && entry != end;
       entry.increment(error)) {
    const auto folder = entry->path().filename().string();
    if (folder == removal.folder || folder.substr(0, folder.rfind('-')) != removal.plugin) continue;
    try {
      const auto result = results::read_task_result(entry->path());
      if (result && result->name == name) folders.push_back(folder);
    } catch (const base::UserError&) {
      continue;  // whose result a damaged file is, is unknown
    }
  }
  std::ranges::sort(folders);
  return folders;
}

/// The results of tasks, by run id and folder, and the experiments that list them.
using Users = std::map<std::pair<std::string, std::string>, std::set<std::string>>;

/// The tasks of listed cells: experiment, run, label and name.
using Listed = std::set<std::array<std::string, 4>>;

/// Adds the experiments that list the results in `users`, other than as `removed`. Damaged lists are reported by the
/// commands that show results; what they list is unknown.
void find_users(Users& users, const Listed& removed, const fs::path& results) {
  for (const auto& list : results::all_lists(results)) {
    if (!list.damage.empty()) {
      for (auto& [result, experiments] : users) experiments.insert(list.experiment);
    }
    for (const auto& cell : list.cells) {
      for (const auto& task : cell.tasks) {
        if (task.added && removed.contains({list.experiment, cell.run, cell.label, task.name})) continue;
        if (const auto found = users.find({cell.run, task.folder}); found != users.end())
          found->second.insert(list.experiment);
      }
    }
  }
}

/// Removes the result of a task unless experiments, `users`, list it. Returns a sentence, or "" if there is none.
std::string remove_result(const Removal& removal, const std::set<std::string>& users, const fs::path& results) {
  const auto folder = removal.record->folder.task(removal.folder);
  std::error_code ignored;
  if (removal.folder.empty() || !fs::exists(folder, ignored)) return "";
  if (!users.empty()) return fmt::format("{} is kept, because {} lists it", folder.string(), fmt::join(users, ", "));
  const auto lock = results::RunLock::try_lock(removal.record->folder.path());
  if (!lock) return fmt::format("{} is kept, because another process is computing this run", folder.string());
  try {
    results::refuse_run_links(results, removal.record->id());
    removal.record->folder.clear_task(removal.folder);
  } catch (const base::UserError& error) {
    return error.what();
  }
  return fs::exists(folder, ignored) ? fmt::format("{} is kept, because it has other files", folder.string())
                                     : fmt::format("{} is removed", folder.string());
}

/// Removes the task `name` from lists. Returns a sentence for each experiment.
std::vector<std::string> remove_listed(const std::string& name, const std::vector<Removal>& removals,
                                       const fs::path& results) {
  std::map<std::string, std::vector<results::TaskOfCell>> tasks;
  for (const auto& [record, folder, plugin] : removals)
    tasks[record->experiment].push_back({record->id(), record->label, {name, folder}});
  std::vector<std::string> sentences;
  for (const auto& [experiment, own] : tasks) {
    results::ExperimentFolder(results, experiment).remove_tasks(own);
    sentences.push_back(fmt::format("{} is removed from {} {} of {}", name, own.size(),
                                    own.size() == 1 ? "cell" : "cells", experiment));
  }
  return sentences;
}

}  // namespace

std::vector<std::string> remove_added_tasks(const std::vector<results::RunRecord>& records,
                                            const std::vector<std::string>& names, const fs::path& results) {
  const auto chosen = chosen_cells(records, results);
  Removals removals;
  for (const auto& name : names) removals[name] = removals_of(name, chosen);
  refuse_busy(removals);
  Users users;
  Listed removed;
  for (const auto& [name, cells] : removals) {
    for (const auto& removal : cells) {
      const auto& record = *removal.record;
      users.try_emplace({record.id(), removal.folder});
      removed.insert({record.experiment, record.id(), record.label, name});
    }
  }
  std::vector<Removal> others;
  for (const auto& [name, cells] : removals) {
    for (const auto& removal : cells) {
      for (auto& folder : other_results(name, removal)) {
        if (users.try_emplace({removal.record->id(), folder}).second)
          others.push_back({removal.record, std::move(folder), removal.plugin});
      }
    }
  }
  find_users(users, removed, results);
  std::erase_if(others, [&](const Removal& one) { return !users[{one.record->id(), one.folder}].empty(); });
  // The lists last: if the process is killed before, the same command finishes the work.
  std::vector<std::string> sentences, of_results;
  const auto remove = [&](const Removal& removal) {
    auto sentence = remove_result(removal, users[{removal.record->id(), removal.folder}], results);
    if (!sentence.empty()) of_results.push_back(std::move(sentence));
  };
  for (const auto& [name, cells] : removals) std::ranges::for_each(cells, remove);
  std::ranges::for_each(others, remove);
  for (const auto& [name, cells] : removals) {
    for (auto& sentence : remove_listed(name, cells, results)) sentences.push_back(std::move(sentence));
  }
  sentences.insert(sentences.end(), of_results.begin(), of_results.end());
  return sentences;
}

}  // namespace hourglass::run

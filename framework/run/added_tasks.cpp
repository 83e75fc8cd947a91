#include "run/added_tasks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/error.hpp"
#include "base/suggest.hpp"
#include "experiment/load.hpp"
#include "experiment/schema_lookup.hpp"
#include "experiment/toml_source.hpp"
#include "hourglass/task.hpp"
#include "results/run_lock.hpp"
#include "results/task_result.hpp"
#include "run/command.hpp"

namespace hourglass::run {
namespace {

namespace fs = std::filesystem;

std::string absence(const std::string& experiment, const std::string& task, const std::string& plugin) {
  return fmt::format(
      "{}: {} (plugin task/{}) is left as it is, because its plugin is not found; give its folder with --plugin-path "
      "or HOURGLASS_PLUGIN_PATH to evaluate it",
      experiment, task, plugin);
}

/// Returns the plugin of a task with these keys; "" if they lack it.
std::string plugin_of(const std::vector<results::Setting>& keys) {
  const auto key = std::ranges::find(keys, "plugin", &results::Setting::key);
  return key == keys.end() ? "" : text_of(key->value);
}

/// Returns `name`, numbered if a task of the configuration has it.
std::string free_name(const experiment::Config& config, const std::string& name) {
  auto unique = name;
  const auto taken = [&](const experiment::Section* task) { return task->name == unique; };
  for (int number = 2; std::ranges::any_of(config.all(Task::kKind), taken); ++number)
    unique = fmt::format("{}_{}", name, number);
  return unique;
}

/// Adds a task to the configuration of a cell unless a task with the same keys is in it. Returns a sentence if its name
/// changes, else "".
std::string attach(Cell& cell, const results::ListedTask& task, const host::Registry& registry) {
  const auto name = free_name(cell.config, task.name);
  auto extended = experiment::with_assignments(cell.config, {}, {task_entry(name, task.keys, registry)});
  auto tasks = extended.all(Task::kKind);
  const auto own = extended.identity_of(*tasks.back());
  tasks.pop_back();
  if (std::ranges::any_of(tasks, [&](const auto* other) { return extended.identity_of(*other) == own; })) return "";
  cell.config = std::move(extended);
  cell.added.insert(name);
  return name == task.name
             ? ""
             : fmt::format("{0}: the added task {1} is now {2}, because the file declares another task {1}",
                           cell.experiment, task.name, name);
}

/// Throws UserError if two of the first `count` tasks of a cell are the same.
void refuse_equal(const results::ListedCell& listed, std::size_t count) {
  std::map<std::string, std::string> names;  // by folder
  for (std::size_t i = 0; i < count; ++i) {
    const auto& task = listed.tasks.at(i);
    const auto [other, fresh] = names.try_emplace(task.folder, task.name);
    if (fresh) continue;
    throw base::UserError(fmt::format("--task: {} and {} are the same task; give it once", other->second, task.name));
  }
}

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
  for (const auto& name : results::ExperimentFolder::all(results)) {
    try {
      for (const auto& cell : results::ExperimentFolder(results, name).cells()) {
        for (const auto& task : cell.tasks) {
          if (task.added && removed.contains({name, cell.run, cell.label, task.name})) continue;
          if (const auto found = users.find({cell.run, task.folder}); found != users.end()) found->second.insert(name);
        }
      }
    } catch (const base::UserError&) {
      for (auto& [result, experiments] : users) experiments.insert(name);
    }
  }
}

/// Removes the result of a task unless experiments, `users`, list it. Returns a sentence, or "" if there is none.
std::string remove_result(const Removal& removal, const std::set<std::string>& users) {
  const auto folder = removal.record->folder.task(removal.folder);
  std::error_code ignored;
  if (removal.folder.empty() || !fs::exists(folder, ignored)) return "";
  if (!users.empty()) return fmt::format("{} is kept, because {} lists it", folder.string(), fmt::join(users, ", "));
  const auto lock = results::RunLock::try_lock(removal.record->folder.path());
  if (!lock) return fmt::format("{} is kept, because another process is computing this run", folder.string());
  std::error_code error;
  fs::remove_all(folder, error);
  return error ? fmt::format("{} cannot be removed: {}", folder.string(), error.message())
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

std::string task_value(const std::string& plugin, const results::Setting& key, const host::Registry& registry) {
  const auto* found = registry.find(Task::kKind, plugin);
  const auto* spec = found == nullptr ? nullptr : experiment::find_spec(found->info->params, key.key);
  return toml_of(key.value, spec == nullptr ? Value(std::string()) : spec->default_value);
}

experiment::TomlEntry task_entry(const std::string& name, const std::vector<results::Setting>& keys,
                                 const host::Registry& registry) {
  const experiment::Origin origin{experiment::Origin::Kind::override, "task " + name, 0, 0};
  experiment::TomlTable table = {{"name", origin, {name, origin}}};
  const auto plugin = plugin_of(keys);
  for (const auto& key : keys)
    table.push_back({key.key, origin, experiment::read_toml_value(task_value(plugin, key, registry), origin)});
  return {std::string(Task::kKind), origin, {std::move(table), origin}};
}

std::string absent_plugin(const std::vector<results::Setting>& keys, const host::Registry& registry) {
  const auto plugin = plugin_of(keys);
  return plugin.empty() || registry.find(Task::kKind, plugin) != nullptr ? "" : plugin;
}

std::vector<std::string> absent_tasks(const results::RunRecord& record, const host::Registry& registry) {
  std::vector<std::string> absent;
  for (const auto& task : record.tasks) {
    const auto plugin = absent_plugin(task.keys, registry);
    if (!plugin.empty()) absent.push_back(absence(record.experiment, task.name, plugin));
  }
  return absent;
}

std::set<std::string> attach_tasks(Cell& cell, const std::vector<results::ListedTask>& tasks,
                                   const RunOptions& options) {
  std::set<std::string> sentences;
  for (const auto& task : tasks) {
    const auto plugin = absent_plugin(task.keys, options.registry);
    try {
      if (plugin.empty()) {
        sentences.insert(attach(cell, task, options.registry));
        continue;
      }
      sentences.insert(absence(cell.experiment, task.name, plugin));
    } catch (const base::UserError& error) {
      sentences.insert(fmt::format("{}: {} is left as it is: {}; `{}` removes it", cell.experiment, task.name,
                                   error.what(), removing_command(cell.experiment, task.name, options)));
    }
    cell.unavailable.push_back(task);
  }
  sentences.erase("");
  return sentences;
}

std::string removing_command(const std::string& experiment, const std::string& task, const RunOptions& options) {
  return hourglass_command({"evaluate", experiment, "--remove-task", task}, options.results, options.plugin_path);
}

std::vector<results::TaskOfCell> tasks_to_add(const results::RunRecord& record, const Cell& cell,
                                              const results::ListedCell& listed) {
  std::vector<results::TaskOfCell> tasks;
  const auto sections = cell.config.all(Task::kKind);
  for (std::size_t i = 0; i < sections.size(); ++i) {  // `listed` ends with the tasks that no [[task]] asks for
    const auto& task = listed.tasks.at(i);
    tasks.push_back({record.id(), record.label, {task.name, task.folder, true, settings_of(*sections[i])}});
  }
  return tasks;
}

std::vector<results::TaskOfCell> tasks_to_move(const results::RunRecord& record, const results::ListedCell& listed) {
  std::vector<results::TaskOfCell> tasks;
  for (const auto& task : record.tasks) {
    const auto now = std::ranges::find(listed.tasks, task.name, &results::ListedTask::name);
    if (task.keys.empty() || now == listed.tasks.end() || now->folder == task.folder) continue;
    tasks.push_back({record.id(), record.label, *now});
  }
  return tasks;
}

void refuse_taken_names(const results::RunRecord& record, const results::ListedCell& listed,
                        const std::vector<experiment::TomlEntry>& entries, const RunOptions& options) {
  const auto taken = [&](const std::string& name) {
    return std::ranges::find(record.tasks, name, &results::TaskRecord::name);
  };
  refuse_equal(listed, entries.size());
  if (record.experiment.empty()) return;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto& [name, folder, added, keys] = listed.tasks.at(i);
    if (!experiment::child(entries[i].node, "name")) continue;
    const auto same = std::ranges::find(record.tasks, folder, &results::TaskRecord::folder);
    if (same != record.tasks.end() && same->name != name) {
      throw base::UserError(
          fmt::format("--task name={}: {} already has this task, with the name {}; leave out the name", name,
                      record.experiment, same->name));
    }
    const auto other = taken(name);
    if (other == record.tasks.end() || other->folder == folder) continue;
    auto free = name;
    for (int number = 2; taken(free) != record.tasks.end(); ++number) free = fmt::format("{}_{}", name, number);
    throw base::UserError(fmt::format(
        "--task name={0}: {1} already has a task {0} with other keys; choose another name, such as {2}{3}", name,
        record.experiment, free,
        other->keys.empty()
            ? ""
            : fmt::format(", or remove that task with `{}`", removing_command(record.experiment, name, options))));
  }
}

std::vector<std::string> remove_added_tasks(const std::vector<results::RunRecord>& records,
                                            const std::vector<std::string>& names, const fs::path& results) {
  const auto chosen = chosen_cells(records, results);
  std::map<std::string, std::vector<Removal>> removals;
  for (const auto& name : names) removals[name] = removals_of(name, chosen);
  for (const auto& [name, cells] : removals) {
    for (const auto& removal : cells) {
      if (results::RunLock::held(removal.record->folder.path())) {
        throw base::UserError(
            fmt::format("{}: another process is computing this run; remove task {} when it has finished",
                        removal.record->folder.path().string(), name));
      }
    }
  }
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
    auto sentence = remove_result(removal, users[{removal.record->id(), removal.folder}]);
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

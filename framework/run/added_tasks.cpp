#include "run/added_tasks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/error.hpp"
#include "experiment/load.hpp"
#include "experiment/schema_lookup.hpp"
#include "experiment/toml_source.hpp"
#include "hourglass/task.hpp"
#include "run/command.hpp"

namespace hourglass::run {
namespace {

std::string absence(const std::string& experiment, const std::string& task, const std::string& plugin) {
  return fmt::format(
      "{}: {} (plugin task/{}) is left as it is, because its plugin is not found; give its folder with --plugin-path "
      "or HOURGLASS_PLUGIN_PATH to evaluate it",
      experiment, task, plugin);
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

}  // namespace hourglass::run

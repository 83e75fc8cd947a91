#include "run/trained_cell.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/suggest.hpp"
#include "evaluate/sparse_code.hpp"
#include "experiment/compose.hpp"
#include "experiment/load.hpp"
#include "experiment/schema_lookup.hpp"
#include "experiment/toml_source.hpp"
#include "host/value_text.hpp"
#include "hourglass/task.hpp"
#include "results/configuration.hpp"
#include "run/added_tasks.hpp"
#include "subject/subject.hpp"

namespace hourglass::run {
namespace {

/// Returns the tasks that the file of an experiment declared for a run, with their names, as overrides.
std::vector<std::string> declared_overrides(const results::RunRecord& record, const host::Registry& registry) {
  std::vector<std::string> overrides, names;   // names in the file's order
  std::map<std::string, std::string> plugins;  // by name; each precedes the other keys of its task
  const auto add = [&](const std::string& name, const results::Setting& key) {
    auto found = std::ranges::find(names, name);
    if (found == names.end()) {
      found = names.insert(names.end(), name);
      overrides.push_back(fmt::format("task.{}.name={}", names.size() - 1, host::to_toml(std::string_view(name))));
    }
    if (key.key == "plugin") plugins[name] = text_of(key.value);
    overrides.push_back(
        fmt::format("task.{}.{}={}", found - names.begin(), key.key, task_value(plugins[name], key, registry)));
  };
  for (const auto& setting : record.settings) {
    const auto name = results::task_of(setting.key);
    if (!name.empty()) add(name, {setting.key.substr(setting.key.rfind('.') + 1), setting.value});
  }
  return overrides;
}

/// Returns the tasks that `hourglass evaluate` added to a run, without absent_tasks().
std::vector<experiment::TomlEntry> added_entries(const results::RunRecord& record, const host::Registry& registry) {
  std::vector<experiment::TomlEntry> entries;
  for (const auto& task : record.tasks) {
    if (!task.keys.empty() && absent_plugin(task.keys, registry).empty())
      entries.push_back(task_entry(task.name, task.keys, registry));
  }
  return entries;
}

/// Returns the settings of a cell that differ from the configuration of its run, other than tasks, as overrides. Cells
/// that differ only in what concerns evaluation share a run, whose file is that of the cell that was trained first.
std::vector<std::string> own_overrides(const results::RunRecord& record, const Cell& trained) {
  std::vector<std::string> overrides;
  for (const auto& [key, value] : trained.config.flattened()) {
    if (key.starts_with("task.")) continue;
    const auto own = std::ranges::find(record.settings, key, &results::Setting::key);
    if (own == record.settings.end() || results::same(own->value, field_of(value))) continue;
    overrides.push_back(fmt::format("{}={}", key, toml_of(own->value, value)));
  }
  return overrides;
}

/// Returns the cell of a run with `overrides` and the tasks `entries` in place of the tasks in its file.
Cell cell_with(const results::RunRecord& record, const std::vector<std::string>& overrides,
               const std::vector<experiment::TomlEntry>& entries, const experiment::Schema& schema,
               const host::Registry& registry) {
  if (const auto damage = results::experiment_damage(record.folder); !damage.empty()) throw base::UserError(damage);
  std::vector<std::string> all = {"task=[]"};
  // The bits of convolutions depend on the number of threads, and the identity of their runs with them.
  if (const auto threads = record.folder.read_threads()) all.push_back(fmt::format("train.threads={}", *threads));
  all.insert(all.end(), overrides.begin(), overrides.end());
  for (const auto& path : record.paths)
    all.push_back(fmt::format("{}={}", path.key, toml_of(path.value, std::string())));
  const auto load = [&] {
    return experiment::load_config(record.folder.path() / "experiment.toml", all, schema, registry, entries,
                                   experiment::Idle::accepted);
  };
  Cell cell{load(), record.experiment, static_cast<std::uint64_t>(record.seed.value_or(1)), {}, {}, record.label};
  const auto own = own_overrides(record, cell);
  if (own.empty()) return cell;
  all.insert(all.end(), own.begin(), own.end());
  cell.config = load();
  return cell;
}

/// Returns the error of an argument of `--task` that is neither a file nor key=value.
base::UserError neither_file_nor_key(const std::string& word, const experiment::TableSchema& schema) {
  if (experiment::find_alternative(schema, word) != nullptr) {
    return base::UserError(fmt::format(
        "--task {0}: this is the name of a task, but expected a file or key=value; write --task plugin={0}", word));
  }
  return base::UserError(fmt::format(
      "--task {}: this is neither a file nor key=value; give a file with [[task]] tables, or write plugin=NAME before "
      "the keys of a task, as in --task plugin=linear_probe l2=0.001{}",
      word, base::did_you_mean(word, experiment::alternative_names(schema))));
}

}  // namespace

std::vector<experiment::TomlEntry> task_entries(const std::vector<std::string>& given,
                                                const experiment::Schema& schema) {
  const auto& tasks = *experiment::find_table(schema, Task::kKind);
  std::vector<experiment::TomlEntry> entries;
  bool open = false;  // whether a task written as key=value has begun
  for (const auto& word : given) {
    if (base::is_file(word)) {
      for (auto& entry : experiment::read_entries(word, tasks, schema)) {
        const auto origin = entry.origin;
        entries.push_back({tasks.path, origin, std::move(entry)});
      }
      open = false;
      continue;
    }
    const auto equals = word.find('=');
    if (equals == std::string::npos) throw neither_file_nor_key(word, tasks);
    const experiment::Origin origin{experiment::Origin::Kind::override, word, 0, 0};
    if (word.starts_with("plugin=")) {
      entries.push_back({tasks.path, origin, {experiment::TomlTable{}, origin}});
      open = true;
    }
    if (!open) {
      throw base::UserError(fmt::format(
          "--task {}: write plugin=NAME before the keys of a task, as in --task plugin=linear_probe l2=0.001", word));
    }
    auto value = experiment::read_toml_value(std::string_view(word).substr(equals + 1), origin);
    if (word.starts_with("name=") && value.is<std::string>() && value.text().empty()) {
      throw base::UserError(fmt::format("--task {}: the name is empty; give a name, or leave the key out", word));
    }
    auto& keys = entries.back().node.table();
    std::erase_if(keys, [&](const auto& entry) { return word.starts_with(entry.key + "="); });  // the last one counts
    keys.push_back({word.substr(0, equals), origin, std::move(value)});
  }
  return entries;
}

Cell trained_cell(const results::RunRecord& record, const std::vector<experiment::TomlEntry>& tasks,
                  const experiment::Schema& schema, const host::Registry& registry) {
  if (!tasks.empty()) return cell_with(record, {}, tasks, schema, registry);
  auto declared = declared_overrides(record, registry);
  // A key that concerns nothing: the run's file has that of the experiment that was trained first.
  const bool sparse =
      std::ranges::find(record.tasks, evaluate::SparseCode::kName, &results::TaskRecord::name) != record.tasks.end();
  if (!record.experiment.empty()) declared.push_back(fmt::format("sparse_code={}", sparse));
  return cell_with(record, declared, added_entries(record, registry), schema, registry);
}

Cell cell_without_tasks(const results::RunRecord& record, const experiment::Schema& schema,
                        const host::Registry& registry) {
  return cell_with(record, {}, {}, schema, registry);
}

std::string reason_of_other_id(const results::RunRecord& record, const Cell& cell) {
  const auto file = (record.folder.path() / "environment.json").string();
  const subject::Subject subject(cell.config, cell.seed);
  const auto data = record.folder.read_data();
  const auto now = subject.data.content_hash();
  if (data && *data != now) {
    return fmt::format(
        "its data have changed: it was trained on data with the hash {:.16}, which is {:.16} now; restore them, or "
        "train on "
        "the new data with `hourglass run`",
        *data, now);
  }
  std::vector<std::string> added;
  for (const auto& setting : settings_of(cell)) {
    if (!setting.key.starts_with("task.") && !record.experiment.empty() &&
        std::ranges::find(record.settings, setting.key, &results::Setting::key) == record.settings.end())
      added.push_back(setting.key);
  }
  if (!added.empty()) {
    return fmt::format("it was trained without the {} {}, which a plugin has now; train it again with `hourglass run`",
                       added.size() == 1 ? "key" : "keys", fmt::join(added, ", "));
  }
  if (!record.folder.read_threads()) {
    return fmt::format(
        "{} is missing, and with it the number of threads of the training; train it again with `hourglass run`", file);
  }
  return "its experiment.toml or its entry in cells.json has been edited, or an earlier version of Hourglass divided "
         "its "
         "data otherwise; restore it, or train again with `hourglass run`";
}

}  // namespace hourglass::run

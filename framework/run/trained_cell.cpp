#include "run/trained_cell.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/suggest.hpp"
#include "experiment/load.hpp"
#include "experiment/problems.hpp"
#include "experiment/schema_lookup.hpp"
#include "experiment/toml_source.hpp"
#include "host/value_text.hpp"
#include "hourglass/task.hpp"

namespace hourglass::run {
namespace {

/// Returns a node of a TOML file as TOML.
std::string toml_text(const experiment::TomlNode& node) {
  struct Text {
    std::string operator()(const experiment::TomlTable&) const { return "{}"; }
    std::string operator()(const experiment::TomlList& list) const {
      std::string text;
      for (const auto& item : list) text += (text.empty() ? "" : ", ") + toml_text(item);
      return "[" + text + "]";
    }
    std::string operator()(bool value) const { return value ? "true" : "false"; }
    std::string operator()(std::int64_t value) const { return std::to_string(value); }
    std::string operator()(double value) const { return host::to_toml(value); }
    std::string operator()(const std::string& value) const { return host::to_toml(std::string_view(value)); }
    std::string operator()(const experiment::Moment& moment) const { return moment.text; }
  };
  return std::visit(Text{}, node.value);
}

/// Makes the relative paths in a [[task]] of a file relative to the working directory, as overrides are.
void place_paths(experiment::TomlNode& task, const std::filesystem::path& folder,
                 const experiment::TableSchema& schema) {
  const auto* selector = experiment::child(task, schema.selector);
  const auto* plugin = selector != nullptr && selector->is<std::string>()
                           ? experiment::find_alternative(schema, selector->text())
                           : nullptr;
  if (plugin == nullptr) return;
  for (auto& entry : task.table()) {
    const auto* spec = experiment::find_spec(schema, *plugin, entry.key);
    if (spec == nullptr || !spec->is_path || !entry.node.is<std::string>() || entry.node.text().empty()) continue;
    entry.node.value = (folder / entry.node.text()).string();
  }
}

/// Appends the tasks of a file to `overrides`, with indices from `next` on.
void add_file(const std::string& file, const experiment::TableSchema& schema, std::size_t& next,
              std::vector<std::string>& overrides) {
  experiment::Problems problems(file);
  auto root = experiment::read_toml(base::read_file(file), file, problems);
  problems.throw_if_any();
  auto* tasks = experiment::child(*root, schema.path);
  if (tasks == nullptr || !tasks->is<experiment::TomlList>()) {
    throw base::UserError(file + ": the file has no [[task]]; write a table [[task]] for each task to add");
  }
  for (auto& task : tasks->list()) {
    if (!task.is<experiment::TomlTable>()) continue;
    place_paths(task, std::filesystem::path(file).parent_path(), schema);
    for (const auto& entry : task.table())
      overrides.push_back(fmt::format("task.{}.{}={}", next, entry.key, toml_text(entry.node)));
    ++next;
  }
}

std::string text_of(const results::Field& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return std::to_string(*whole);
  if (const auto* number = std::get_if<double>(&value)) return host::to_toml(*number);
  return "";
}

/// Returns the tasks that an experiment lists for a run, as overrides.
std::vector<std::string> listed_overrides(const results::RunRecord& record) {
  std::vector<std::string> overrides;
  std::vector<std::string> places;  // task.denoising, task.knn, ... in the file's order
  for (const auto& setting : record.settings) {
    if (!setting.key.starts_with("task.")) continue;
    const auto dot = setting.key.rfind('.');
    const auto place = setting.key.substr(0, dot);
    auto found = std::ranges::find(places, place);
    if (found == places.end()) found = places.insert(places.end(), place);
    overrides.push_back(
        fmt::format("task.{}.{}={}", found - places.begin(), setting.key.substr(dot + 1), text_of(setting.value)));
  }
  auto next = places.size();
  for (const auto& task : record.tasks) {
    if (task.keys.empty()) continue;
    for (const auto& key : task.keys)
      overrides.push_back(fmt::format("task.{}.{}={}", next, key.key, text_of(key.value)));
    ++next;
  }
  return overrides;
}

/// Returns the settings of a cell that differ from the configuration of its run, other than tasks, as overrides. Cells
/// that differ only in what concerns evaluation share a run, whose file is that of the cell that was trained first.
std::vector<std::string> own_overrides(const results::RunRecord& record, const Cell& trained) {
  std::vector<std::string> overrides;
  for (const auto& setting : settings_of(trained)) {
    if (setting.key.starts_with("task.")) continue;
    const auto own = std::ranges::find(record.settings, setting.key, &results::Setting::key);
    if (own == record.settings.end() || own->value == setting.value) continue;
    overrides.push_back(fmt::format("{}={}", setting.key, text_of(own->value)));
  }
  return overrides;
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

std::vector<std::string> task_overrides(const std::vector<std::string>& given, const experiment::Schema& schema) {
  const auto& tasks = *experiment::find_table(schema, Task::kKind);
  std::vector<std::string> overrides;
  std::size_t next = 0;
  bool open = false;  // whether a task written as key=value has begun
  for (const auto& word : given) {
    const auto equals = word.find('=');
    if (base::is_file(word)) {
      add_file(word, tasks, next, overrides);
      open = false;
      continue;
    }
    if (equals == std::string::npos) throw neither_file_nor_key(word, tasks);
    if (word.starts_with("plugin=")) {
      ++next;
      open = true;
    }
    if (!open) {
      throw base::UserError(fmt::format(
          "--task {}: write plugin=NAME before the keys of a task, as in --task plugin=linear_probe l2=0.001", word));
    }
    overrides.push_back(fmt::format("task.{}.{}", next - 1, word));
  }
  return overrides;
}

Cell trained_cell(const results::RunRecord& record, const std::vector<std::string>& overrides,
                  const experiment::Schema& schema, const host::Registry& registry) {
  std::vector<std::string> all = {"task=[]"};
  // The bits of convolutions depend on the number of threads, and the identity of their runs with them.
  if (const auto threads = record.folder.read_threads()) all.push_back(fmt::format("train.threads={}", *threads));
  for (const auto& text : overrides.empty() ? listed_overrides(record) : overrides) all.push_back(text);
  const auto load = [&] {
    return experiment::load_config(record.folder.path() / "experiment.toml", all, schema, registry);
  };
  Cell cell{load(), record.experiment, static_cast<std::uint64_t>(record.seed.value_or(1)), {}};
  const auto own = own_overrides(record, cell);
  if (own.empty()) return cell;
  all.insert(all.end(), own.begin(), own.end());
  cell.config = load();
  return cell;
}

void list_added_tasks(const results::RunRecord& record, const Cell& cell, const results::ListedCell& listed,
                      const std::filesystem::path& results) {
  if (record.experiment.empty()) return;
  const results::ExperimentFolder experiment(results, record.experiment);
  const auto sections = cell.config.all(Task::kKind);
  for (std::size_t i = 0; i < sections.size(); ++i) {  // `listed` ends with the tasks that no [[task]] asks for
    const auto& task = listed.tasks.at(i);
    experiment.add_task(record.id(), record.label, {task.name, task.folder, true, settings_of(*sections[i])});
  }
}

}  // namespace hourglass::run

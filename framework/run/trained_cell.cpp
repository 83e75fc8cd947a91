#include "run/trained_cell.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/files.hpp"
#include "experiment/load.hpp"
#include "experiment/problems.hpp"
#include "experiment/toml_source.hpp"
#include "host/value_text.hpp"
#include "run/identity.hpp"

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

/// Appends the tasks of a file to `overrides`, with indices from `next` on.
void add_file(const std::string& file, std::size_t& next, std::vector<std::string>& overrides) {
  experiment::Problems problems(file);
  const auto root = experiment::read_toml(base::read_file(file), file, problems);
  problems.throw_if_any();
  const auto* tasks = experiment::child(*root, "task");
  if (tasks == nullptr || !tasks->is<experiment::TomlList>()) {
    throw base::UserError(file + ": the file has no [[task]]; write a table [[task]] for each task to add");
  }
  for (const auto& task : tasks->list()) {
    if (!task.is<experiment::TomlTable>()) continue;
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
  std::vector<std::string> places;  // task.0, task.knn, ... in the file's order
  for (const auto& setting : record.settings) {
    if (setting.key == "train.keep") overrides.push_back("train.keep=" + text_of(setting.value));
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

}  // namespace

std::vector<std::string> task_overrides(const std::vector<std::string>& given) {
  std::vector<std::string> overrides;
  std::size_t next = 0;
  bool open = false;  // whether a task written as key=value has begun
  for (const auto& word : given) {
    const auto equals = word.find('=');
    if (equals == std::string::npos) {
      add_file(word, next, overrides);
      open = false;
      continue;
    }
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
  for (const auto& text : overrides.empty() ? listed_overrides(record) : overrides) all.push_back(text);
  Cell cell{experiment::load_config(record.folder.path() / "experiment.toml", all, schema, registry),
            record.experiment,
            static_cast<std::uint64_t>(record.seed.value_or(1)),
            {}};
  return cell;
}

void list_added_tasks(const results::RunRecord& record, const Cell& cell, const std::filesystem::path& results) {
  if (record.experiment.empty()) return;
  const auto identity = identify(subject::Subject(cell.config, cell.seed));
  const results::ExperimentFolder experiment(results, record.experiment);
  const auto settings = settings_of(cell);
  std::size_t index = 0;
  for (const auto& task : identity.tasks) {
    if (task.entry.section == nullptr) continue;
    const auto place = fmt::format("task.{}.", index++);
    std::vector<results::Setting> own;
    for (const auto& setting : settings) {
      if (setting.key.starts_with(place)) own.push_back({setting.key.substr(place.size()), setting.value});
    }
    experiment.add_task(identity.training, {task.entry.name, task.folder, true, std::move(own)});
  }
}

}  // namespace hourglass::run

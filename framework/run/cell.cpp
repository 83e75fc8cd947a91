#include "run/cell.hpp"

#include <fmt/format.h>

#include "host/create_plugin.hpp"
#include "host/value_text.hpp"
#include "hourglass/dataset.hpp"
#include "hourglass/task.hpp"

namespace hourglass::run {
namespace {

struct WriteValue {
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(const std::string& value) const { return value; }
  std::string operator()(const Varying& value) const { return host::to_toml(Value(value)); }
  std::string operator()(const PluginChoice& value) const { return host::plugin_text(*value.info, value.values); }
  template <class T>
  std::string operator()(const T& value) const {
    return fmt::format("{}", value);
  }
  template <class T>
  std::string operator()(const std::vector<T>& values) const {
    std::string text;
    for (const auto& value : values) text += (text.empty() ? "" : ",") + (*this)(value);
    return "[" + text + "]";
  }
};

struct ToField {
  results::Field operator()(bool value) const { return std::string(value ? "true" : "false"); }
  results::Field operator()(std::int64_t value) const { return value; }
  results::Field operator()(double value) const { return value; }
  results::Field operator()(const std::string& value) const { return value; }
  results::Field operator()(const Varying& value) const { return host::to_toml(Value(value)); }
  template <class T>
  results::Field operator()(const std::vector<T>& values) const {
    return host::to_toml(Value(values));
  }
};

}  // namespace

std::string label_of(const experiment::Assignment& assignment) {
  return fmt::format("{}={}", assignment.path, std::visit(WriteValue{}, assignment.value));
}

std::string Cell::label() const {
  if (!listed.empty()) return listed;
  std::string text;
  for (const auto& assignment : assignments) text += label_of(assignment) + " ";
  return text + fmt::format("seed={}", seed);
}

experiment::Config own_config(const Cell& cell) {
  auto config = cell.config;
  std::erase_if(config.tables, [&](const experiment::Section& table) {
    return table.path == Task::kKind && cell.added.contains(table.name);
  });
  return config;
}

results::Field field_of(const Value& value) { return std::visit(ToField{}, value); }

std::string toml_of(const results::Field& value, const Value& like) {
  const auto text = text_of(value);
  return std::holds_alternative<std::string>(like) ? host::to_toml(std::string_view(text)) : text;
}

std::string text_of(const results::Field& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return std::to_string(*whole);
  if (const auto* number = std::get_if<double>(&value)) return host::to_toml(*number);
  return "";
}

std::vector<results::Setting> settings_of(const experiment::Section& task) {
  std::vector<results::Setting> settings = {{"plugin", task.alternative->name}};
  for (std::size_t i = 0; i < task.settings.size(); ++i) {
    settings.push_back({task.alternative->params[i].name, field_of(task.settings[i].value)});
  }
  return settings;
}

std::string plugin_of(const std::vector<results::Setting>& keys) {
  const auto key = std::ranges::find(keys, "plugin", &results::Setting::key);
  return key == keys.end() ? "" : text_of(key->value);
}

std::vector<results::Setting> data_paths(const Cell& cell) {
  std::vector<results::Setting> paths;
  const auto& dataset = cell.config.table(Dataset::kKind);
  for (std::size_t i = 0; i < dataset.settings.size(); ++i) {
    const auto& spec = dataset.alternative->params[i];
    if (!spec.is_path) continue;
    paths.push_back({fmt::format("{}.{}", dataset.path, spec.name), field_of(dataset.settings[i].value)});
  }
  return paths;
}

std::vector<results::Setting> settings_of(const Cell& cell) {
  std::set<std::string> swept;
  for (const auto& assignment : cell.assignments) swept.insert(assignment.path);
  std::vector<results::Setting> settings;
  for (const auto& [key, value] : own_config(cell).flattened(swept)) {
    if (key == "name" || key == "seed" || key == "seeds") continue;
    settings.push_back({key, field_of(value)});
  }
  return settings;
}

}  // namespace hourglass::run

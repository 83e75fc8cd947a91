#include "host/check_plugin.hpp"

#include <algorithm>
#include <filesystem>

#include "base/suggest.hpp"
#include "host/value_text.hpp"
#include "hourglass/architecture.hpp"
#include "hourglass/bottleneck.hpp"
#include "hourglass/dataset.hpp"
#include "hourglass/noise.hpp"
#include "hourglass/task.hpp"

namespace hourglass::host {
namespace {

bool is_lower_snake_case(std::string_view name) {
  if (name.empty() || name.front() < 'a' || name.front() > 'z' || name.back() == '_') return false;
  return std::ranges::all_of(name,
                             [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; }) &&
         name.find("__") == std::string_view::npos;
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\n") == std::string_view::npos; }

std::string parameter_fault(const ParamSpec& spec, std::string_view kind) {
  if (!is_lower_snake_case(spec.name)) {
    return "has a parameter '" + spec.name + "', which is not lower_snake_case: rename it like 'learning_rate'";
  }
  // The key that selects the plugin in an experiment file.
  if (spec.name == "plugin") return "has a parameter 'plugin', the key that chooses plugins: rename it";
  if (is_blank(spec.doc)) return "has a parameter '" + spec.name + "' without a doc: describe it in one sentence";
  if (spec.range.min > spec.range.max) {
    return "has a parameter '" + spec.name + "' whose range is empty: " + allowed_text(spec) + "; swap its ends";
  }
  if (!is_allowed(spec.default_value, spec)) {
    return "has a parameter '" + spec.name + "' whose default is outside its own range: expected " +
           allowed_text(spec) + ", but got " + to_toml(spec.default_value) + "; change one of them";
  }
  if (const auto* path = std::get_if<std::string>(&spec.default_value);
      spec.is_path && !path->empty() && std::filesystem::path(*path).is_relative()) {
    return "has a parameter '" + spec.name + "' whose default is a relative path: got " + to_toml(spec.default_value) +
           ", which depends on where it is read; leave it empty or make it absolute";
  }
  if (spec.is_severity && !std::holds_alternative<double>(spec.default_value)) {
    return "has a severity '" + spec.name + "' that is not a number: declare it as a double";
  }
  if (spec.is_severity && spec.range.min != 0) {
    return "has a severity '" + spec.name + "' whose range does not begin with 0, which leaves images unchanged: got " +
           allowed_text(spec);
  }
  if (!spec.plugin_kind.empty() && std::ranges::find(plugin_kinds(), spec.plugin_kind) == plugin_kinds().end()) {
    return "has a parameter '" + spec.name + "' of plugins of an unknown kind '" + spec.plugin_kind +
           "': the kinds are " + listed(plugin_kinds());
  }
  if (!spec.plugin_kind.empty() && kind == Dataset::kKind) {
    return "has a parameter '" + spec.name + "' of plugins, which datasets cannot have: remove it";
  }
  if (kind == Task::kKind && spec.concerns == Concerns::training) {
    return "has a parameter '" + spec.name +
           "' that concerns training, which is over when a task runs: declare it as Concerns::evaluation or nothing";
  }
  return "";
}

}  // namespace

std::span<const std::string> plugin_kinds() {
  static const std::string kinds[] = {Dataset::kKind, Noise::kKind, Architecture::kKind, Bottleneck::kKind,
                                      Task::kKind};
  return kinds;
}

namespace {

/// Refuses conditions on a key of the plugin that it does not declare.
std::string condition_fault(const PluginInfo& info, const ParamSpec& spec) {
  for (const auto& all : spec.acts_if) {
    for (const auto& [key, is, value] : all) {
      const bool own = key.find('.') == std::string::npos && key != "plugin" && key != "validation_images" &&
                       key != "dataset_validates";
      if (!own || std::ranges::find(info.params, key, &ParamSpec::name) != info.params.end()) continue;
      return "has a parameter '" + spec.name + "' that acts only with a certain '" + key +
             "', which it does not declare: declare that, or give the full path of a key of another table";
    }
  }
  return "";
}

}  // namespace

std::string plugin_fault(const PluginInfo& info) {
  if (std::ranges::find(plugin_kinds(), info.kind) == plugin_kinds().end()) {
    return "is of an unknown kind '" + info.kind + "': the kinds are " + listed(plugin_kinds()) +
           base::did_you_mean(info.kind, plugin_kinds());
  }
  if (!is_lower_snake_case(info.name)) {
    return "has a name that is not lower_snake_case: rename it like 'sparse_coding'";
  }
  if (is_blank(info.summary)) return "has no summary: describe in one sentence what it does";
  if (!info.create) return "has no create function: declare it with hourglass::plugin<T>()";
  const auto severities = std::ranges::count(info.params, true, &ParamSpec::is_severity);
  if (severities > 1) return "declares several severities: declare one, which says how strong the noise is";
  if (severities == 1 && info.kind != Noise::kKind) {
    return "declares a severity, which only noise models have: remove severity()";
  }
  for (auto spec = info.params.begin(); spec != info.params.end(); ++spec) {
    if (std::string fault = parameter_fault(*spec, info.kind); !fault.empty()) return fault;
    if (std::string fault = condition_fault(info, *spec); !fault.empty()) return fault;
    const auto same = [&](const ParamSpec& other) { return other.name == spec->name; };
    if (std::any_of(info.params.begin(), spec, same)) {
      return "declares the parameter '" + spec->name + "' twice: rename or remove one";
    }
  }
  return "";
}

}  // namespace hourglass::host

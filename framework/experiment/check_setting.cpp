#include "experiment/check_setting.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/suggest.hpp"
#include "experiment/check_varying.hpp"
#include "experiment/schema_lookup.hpp"
#include "experiment/unknown_names.hpp"
#include "host/value_text.hpp"

namespace hourglass::experiment {
namespace {

constexpr const char* kSelector = "plugin";

/// Reads the plugins that are the value of one key.
class ChoiceReader {
 public:
  ChoiceReader(const ParamSpec& spec, const KeyName& key, const Schema& schema, const host::Registry& registry,
               Problems& problems)
      : spec_(spec),
        key_(key),
        table_(*find_table(schema, spec.plugin_kind)),
        schema_(schema),
        registry_(registry),
        problems_(problems) {}

  std::optional<Value> read(const TomlNode& node) {
    // A single plugin may be in brackets, and none is an empty list, as in resolved files.
    const bool listed = node.is<TomlList>() && (spec_.is_list || node.list().size() <= 1);
    if (spec_.is_list != node.is<TomlList>() && !listed) return wrong_type(node);
    std::vector<PluginChoice> choices;
    if (!listed) {
      add(node, key_, choices);
    } else {
      for (std::size_t i = 0; i < node.list().size(); ++i) {
        const auto index = spec_.is_list ? "." + std::to_string(i) : "";
        add(node.list()[i], {key_.name + index, key_.section, key_.path.empty() ? "" : key_.path + index}, choices);
      }
    }
    return good_ ? std::optional<Value>(std::move(choices)) : std::nullopt;
  }

 private:
  std::nullopt_t wrong_type(const TomlNode& node) {
    const std::string one = "{ plugin = \"NAME\", ... }";
    problems_.add(node.origin, key_.section,
                  fmt::format("'{}' expects {}, but got {}; write {}", key_.name,
                              spec_.is_list ? "a list of " + spec_.plugin_kind + " plugins"
                                            : "one " + spec_.plugin_kind + " plugin",
                              written(node), spec_.is_list ? "[" + one + "]" : one));
    return std::nullopt;
  }

  void refuse(const Origin& origin, const std::string& sentence) {
    problems_.add(origin, key_.section, sentence);
    good_ = false;
  }

  /// Appends the plugin at `node`, or one per severity where that is a list.
  void add(const TomlNode& node, const KeyName& key, std::vector<PluginChoice>& choices) {
    const TomlNode* selector = node.is<TomlTable>() ? child(node, kSelector) : &node;
    if (!selector) {
      return refuse(node.origin, fmt::format("'{}' has no 'plugin'; write plugin = \"NAME\", where NAME is one of {}",
                                             key.name, host::listed(alternative_names(table_))));
    }
    if (!selector->is<std::string>()) {
      return refuse(selector->origin,
                    fmt::format("'{}' expects the name of a {} plugin, but got {}; it is one of {}", key.name,
                                spec_.plugin_kind, written(*selector), host::listed(alternative_names(table_))));
    }
    const auto* chosen = find_alternative(table_, selector->text());
    if (!chosen || !chosen->plugin) {
      return refuse(selector->origin, unknown_alternative(table_, selector->text(), key.name, registry_));
    }
    PluginChoice choice{chosen->plugin, {}};
    for (const ParamSpec& spec : chosen->params) choice.values.push_back(spec.default_value);
    std::vector<PluginChoice> made = {std::move(choice)};
    if (node.is<TomlTable>()) {
      for (const TomlEntry& entry : node.table()) {
        if (entry.key != kSelector) set(*chosen, entry, key, made);
      }
      if (good_) check_effects(*chosen, node, key, made.front());
    }
    for (auto& one : made) choices.push_back(std::move(one));
  }

  /// Sets a key of the plugins in `made`, which differ at most in their severity.
  void set(const base::Alternative& chosen, const TomlEntry& entry, const KeyName& key,
           std::vector<PluginChoice>& made) {
    const auto found = std::ranges::find(chosen.params, entry.key, &ParamSpec::name);
    if (found == chosen.params.end()) {
      std::vector<std::string> names;
      for (const auto& spec : chosen.params) names.push_back(spec.name);
      return refuse(entry.origin, fmt::format("unknown key '{}.{}': {} {}{}", key.name, host::shortened(entry.key),
                                              chosen.name, names.empty() ? "has no keys" : "has " + host::listed(names),
                                              base::did_you_mean(entry.key, names)));
    }
    const auto index = static_cast<std::size_t>(found - chosen.params.begin());
    const KeyName name{joined_path(key.name, entry.key), key.section,
                       key.path.empty() ? "" : joined_path(key.path, entry.key)};
    if (spec_.splits_severities && found->is_severity && entry.node.is<TomlList>()) {
      return split(entry.node, *found, index, name, made);
    }
    auto value = checked_setting(entry.node, *found, name, schema_, registry_, problems_);
    good_ = good_ && value;
    if (!value) return;
    for (auto& one : made) one.values[index] = *value;
  }

  /// Makes one plugin per severity in a list.
  void split(const TomlNode& node, const ParamSpec& spec, std::size_t index, const KeyName& name,
             std::vector<PluginChoice>& made) {
    if (node.list().empty()) {
      return refuse(node.origin, fmt::format("'{}' expects at least one value, but got an empty list", name.name));
    }
    const auto pattern = made.front();
    made.clear();
    for (const TomlNode& item : node.list()) {
      auto value = checked_setting(item, spec, name, schema_, registry_, problems_);
      good_ = good_ && value;
      made.push_back(pattern);
      if (value) made.back().values[index] = std::move(*value);
    }
  }

  /// Refuses keys that have no effect with the plugin's other keys.
  void check_effects(const base::Alternative& chosen, const TomlNode& node, const KeyName& key,
                     const PluginChoice& choice) {
    const auto holds = [&](const Condition& condition) {
      const auto found = std::ranges::find(chosen.params, condition.key, &ParamSpec::name);
      return found == chosen.params.end() ||
             host::holds(condition, choice.values[static_cast<std::size_t>(found - chosen.params.begin())]);
    };
    for (std::size_t i = 0; i < chosen.params.size(); ++i) {
      const auto& spec = chosen.params[i];
      if (spec.acts_if.empty() || choice.values[i] == spec.default_value) continue;
      if (std::ranges::any_of(spec.acts_if, [&](const auto& all) { return std::ranges::all_of(all, holds); })) continue;
      refuse(child(node, spec.name)->origin, fmt::format("'{}.{}' has no effect: it acts only if {}; remove it",
                                                         key.name, spec.name, host::acts_if_text(spec)));
    }
  }

  const ParamSpec& spec_;
  const KeyName& key_;
  const TableSchema& table_;
  const Schema& schema_;
  const host::Registry& registry_;
  Problems& problems_;
  bool good_ = true;
};

}  // namespace

std::optional<Value> checked_setting(const TomlNode& node, const ParamSpec& spec, const KeyName& key,
                                     const Schema& schema, const host::Registry& registry, Problems& problems) {
  if (!spec.plugin_kind.empty()) return ChoiceReader(spec, key, schema, registry, problems).read(node);
  if (spec.is_severity && node.is<TomlTable>()) return checked_varying(node, spec, key, problems);
  return checked(node, spec, key, problems);
}

}  // namespace hourglass::experiment

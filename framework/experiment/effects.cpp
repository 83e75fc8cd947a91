#include "experiment/effects.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "experiment/schema_lookup.hpp"
#include "host/value_text.hpp"

namespace hourglass::experiment {
namespace {

/// What a condition is about.
struct Subject {
  Value value;
  Origin origin;
  std::string name;       ///< a full path, or the name of a fact
  std::string change;     ///< what to change
  std::string situation;  ///< of a fact
};

/// Looks up what conditions are about.
class Lookup {
 public:
  Lookup(const std::vector<Section>& tables, const std::vector<Axis>& axes, const Schema& schema, const Facts& facts)
      : tables_(tables), axes_(axes), schema_(schema), facts_(facts) {}

  /// Returns nothing for what is not known or swept. `place` is the path of the section, with its index.
  std::optional<Subject> find(const std::string& key, const Section& section, const std::string& place) const {
    if (const auto fact = facts_.find(key); fact != facts_.end()) {
      return Subject{fact->second.value, {}, key, fact->second.change, fact->second.situation};
    }
    const auto dot = key.rfind('.');
    if (dot == std::string::npos) return setting(section, key, joined_path(place, key));
    const auto table = std::ranges::find(tables_, std::string_view(key).substr(0, dot), &Section::path);
    return table == tables_.end() ? std::nullopt : setting(*table, key.substr(dot + 1), key);
  }

 private:
  std::optional<Subject> setting(const Section& section, const std::string& key, const std::string& path) const {
    const TableSchema& table = *find_table(schema_, section.path);
    const bool swept = std::ranges::find(axes_, path, &Axis::path) != axes_.end();
    if (swept || !section.alternative) return std::nullopt;
    if (key == table.selector) return Subject{section.alternative->name, section.origin, path, path, ""};
    const auto in = [&](const std::vector<ParamSpec>& specs,
                        const std::vector<Setting>& settings) -> std::optional<Subject> {
      const auto spec = std::ranges::find(specs, key, &ParamSpec::name);
      const auto index = static_cast<std::size_t>(spec - specs.begin());
      if (index >= settings.size()) return std::nullopt;
      return Subject{settings[index].value, settings[index].origin, path, path, ""};
    };
    const auto found = in(table.common, section.common);
    return found ? found : in(section.alternative->params, section.settings);
  }

  const std::vector<Section>& tables_;
  const std::vector<Axis>& axes_;
  const Schema& schema_;
  const Facts& facts_;
};

/// Returns what keeps a key from acting, each subject once; nothing if it acts or may act.
std::vector<Subject> obstacles(const ParamSpec& spec, const Section& section, const std::string& place,
                               const Lookup& lookup) {
  std::vector<Subject> found;
  for (const auto& all : spec.acts_if) {
    bool fails = false;
    for (const auto& condition : all) {
      auto subject = lookup.find(condition.key, section, place);
      if (!subject || host::holds(condition, subject->value)) continue;
      fails = true;
      if (std::ranges::find(found, subject->name, &Subject::name) == found.end()) found.push_back(std::move(*subject));
    }
    if (!fails) return {};
  }
  return found;
}

std::string joined(const std::vector<std::string>& parts, const std::string& last) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    text += (i == 0 ? "" : i + 1 == parts.size() ? " " + last + " " : ", ") + parts[i];
  }
  return text;
}

/// Says why a key has no effect, and the nearest fix. `axis` is that of a swept key, or null.
std::string sentence_of(const ParamSpec& spec, const Setting& setting, const std::string& path, const Axis* axis,
                        const std::vector<Subject>& obstacles) {
  std::vector<std::string> values, changes;
  bool typed = false;
  for (const auto& obstacle : obstacles) {
    values.push_back(!obstacle.situation.empty()
                         ? obstacle.situation
                         : fmt::format("with {} = {}", obstacle.name, host::shortened(host::to_toml(obstacle.value))));
    if (std::ranges::find(changes, obstacle.change) == changes.end()) changes.push_back(obstacle.change);
    typed = typed || obstacle.origin.kind == Origin::Kind::override;
  }
  const auto reason = "has no effect " + joined(values, "and"), change = "change " + joined(changes, "or");
  if (axis) {
    return fmt::format("'{}' cannot be swept: it {}, so all its values would give the same cell; remove the axis or {}",
                       path, reason, change);
  }
  const bool stays = typed && setting.origin.kind == Origin::Kind::file;  // the command line cannot remove it
  return fmt::format(
      "'{}' = {} {}; {} or {}", spec.name, host::shortened(host::to_toml(setting.value)), reason,
      stays ? fmt::format("add {}={}", path, host::to_toml(spec.default_value)) : fmt::format("remove '{}'", spec.name),
      change);
}

}  // namespace

std::vector<ConditionalKey> conditional_keys(const Config& config, const Facts& facts) {
  const auto& axes = config.axes;
  const Lookup lookup(config.tables, axes, *config.schema_, facts);
  std::vector<ConditionalKey> keys;
  std::map<std::string, int> counts;
  for (const Section& section : config.tables) {
    const TableSchema& table = *find_table(*config.schema_, section.path);
    const auto place = table.repeated ? fmt::format("{}.{}", table.path, counts[table.path]++) : table.path;
    const auto add = [&](const std::vector<ParamSpec>& specs, const std::vector<Setting>& settings) {
      for (std::size_t i = 0; i < settings.size(); ++i) {
        if (specs[i].acts_if.empty()) continue;
        const auto path = joined_path(place, specs[i].name);
        const auto found_axis = std::ranges::find(axes, path, &Axis::path);
        const Axis* axis = found_axis == axes.end() ? nullptr : &*found_axis;
        if (!axis && settings[i].value == specs[i].default_value) continue;
        const auto found = obstacles(specs[i], section, place, lookup);
        keys.push_back({path, found.empty(), axis ? axis->origin : settings[i].origin,
                        axis ? "[sweep.grid]" : header(table),
                        found.empty() ? "" : sentence_of(specs[i], settings[i], path, axis, found)});
      }
    };
    add(table.common, section.common);
    if (section.alternative) add(section.alternative->params, section.settings);
  }
  return keys;
}

Section effective(const Config& config, const Section& section, const Facts& facts) {
  const Lookup lookup(config.tables, config.axes, *config.schema_, facts);
  auto result = section;
  const auto reset = [&](const std::vector<ParamSpec>& specs, std::vector<Setting>& settings) {
    for (std::size_t i = 0; i < specs.size(); ++i) {
      if (!obstacles(specs[i], section, section.path, lookup).empty()) settings[i].value = specs[i].default_value;
    }
  };
  reset(find_table(*config.schema_, section.path)->common, result.common);
  reset(section.alternative->params, result.settings);
  return result;
}

}  // namespace hourglass::experiment

// Checks [sweep.grid]: the swept keys and their values.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <span>

#include "base/suggest.hpp"
#include "experiment/check_setting.hpp"
#include "experiment/resolve.hpp"
#include "experiment/schema_lookup.hpp"
#include "experiment/unknown_names.hpp"
#include "host/value_text.hpp"

namespace hourglass::experiment {
namespace {

constexpr const char* kSection = "[sweep.grid]";

/// An axis as written.
struct WrittenAxis {
  std::string path;
  Origin origin;
  const TomlNode* node;
};

/// The key that the path of an axis names. `place` is the path of its table, with the index of a repeated one:
/// `task.0`.
struct Target {
  const TableSchema* table;
  std::string place;
  std::string key;
  std::vector<std::string> below = {};  ///< the path within the value of the key: of a chosen plugin, or of a severity

  bool is_selector() const { return key == table->selector; }
  std::string path() const {
    auto text = joined_path(place, key);
    for (const auto& part : below) text = joined_path(text, part);
    return text;
  }
};

std::vector<WrittenAxis> written_axes(const TomlNode& root) {
  std::vector<WrittenAxis> axes;
  const TomlNode* grid = at_path(root, "sweep.grid");
  if (!grid || !grid->is<TomlTable>()) return axes;
  for (const TomlEntry& entry : grid->table()) axes.push_back({entry.key, entry.origin, &entry.node});
  return axes;
}

/// Returns the declaration of what a path names within a value, such as the severity of a chosen plugin; nothing if
/// there is no such key.
std::optional<ParamSpec> spec_below(const Value& value, const ParamSpec& spec, std::span<const std::string> path) {
  if (path.empty()) return spec;
  if (const auto* varying = std::get_if<Varying>(&value)) {
    const auto& name = path.front();
    const bool drawn = varying->by == Varying::By::image;
    ParamSpec part = spec;
    part.is_severity = false;
    if (path.size() > 1) return std::nullopt;
    if (drawn ? name == "min" || name == "max" : name == "from" || name == "to") return part;
    part.default_value = std::int64_t{0};
    part.range = {0, 1e6};
    return !drawn && (name == "begin" || name == "end") ? std::optional(part) : std::nullopt;
  }
  const auto* choices = std::get_if<std::vector<PluginChoice>>(&value);
  if (!choices) return std::nullopt;
  const auto index = spec.is_list ? index_of(path.front()) : std::optional<std::size_t>(0);
  if (!index || *index >= choices->size()) return std::nullopt;
  const auto rest = path.subspan(spec.is_list ? 1 : 0);
  if (rest.empty()) return std::nullopt;
  const auto& choice = (*choices)[*index];
  const auto& params = choice.info->params;
  const auto found = std::ranges::find(params, rest.front(), &ParamSpec::name);
  if (found == params.end()) return std::nullopt;
  return spec_below(choice.values[static_cast<std::size_t>(found - params.begin())], *found, rest.subspan(1));
}

std::optional<Target> target_of(const std::string& path, const Schema& schema) {
  const auto parts = split_path(path);
  for (std::size_t length = parts.size() + 1; length-- > 0;) {
    std::string place;
    for (std::size_t i = 0; i < length; ++i) place = joined_path(place, parts[i]);
    const TableSchema* table = find_table(schema, place);
    if (!table) continue;
    std::size_t next = length;
    if (table->repeated) {
      if (next == parts.size() || !index_of(parts[next])) return std::nullopt;
      place = joined_path(place, parts[next++]);
    }
    if (next == parts.size() && !table->selector.empty()) return Target{table, place, table->selector};
    if (next == parts.size()) return std::nullopt;
    Target target{table, place, parts[next]};
    for (auto i = next + 1; i < parts.size(); ++i) target.below.push_back(parts[i]);
    return target;
  }
  return std::nullopt;
}

/// Checks all axes of one experiment.
class AxisResolver {
 public:
  AxisResolver(const TomlNode& root, const Schema& schema, const host::Registry& registry,
               const std::vector<Section>& tables, const SweptAlternatives& swept, Problems& problems)
      : root_(root), schema_(schema), registry_(registry), swept_(swept), problems_(problems) {
    std::map<std::string, std::size_t> counts;
    for (const Section& table : tables) {
      const TableSchema* declared = find_table(schema, table.path);
      const std::string place =
          declared->repeated ? table.path + "." + std::to_string(counts[table.path]++) : table.path;
      chosen_.emplace_back(place, &table);
    }
  }

  std::vector<Axis> run() {
    const TomlNode* sweep = child(root_, "sweep");
    if (!sweep) return {};
    if (!sweep->is<TomlTable>()) {
      problems_.add(sweep->origin, "", "'sweep' expects a table [sweep.grid], but got " + written(*sweep));
      return {};
    }
    for (const TomlEntry& entry : sweep->table()) {
      if (entry.key != "grid") {
        const std::vector<std::string> names = {"grid"};
        const std::string hint = base::did_you_mean(entry.key, names);
        problems_.add(entry.origin, "[sweep]",
                      "unknown key '" + entry.key + "': write axes under [sweep.grid] as \"PATH\" = [values]" + hint);
      } else if (!entry.node.is<TomlTable>()) {
        problems_.add(entry.node.origin, "[sweep]",
                      "'grid' expects a table [sweep.grid] of lists, but got " + written(entry.node));
      }
    }
    for (const WrittenAxis& axis : written_axes(root_)) resolve(axis);
    return std::move(axes_);
  }

 private:
  void resolve(const WrittenAxis& written_axis) {
    const auto target = target_of(written_axis.path, schema_);
    if (!target || !is_there(*target)) return unknown_path(written_axis);
    const auto alternatives = alternatives_of(*target);
    if (alternatives.empty()) return;  // the error in the table itself was reported
    const std::string path = target->path();
    if (std::ranges::find(axes_, path, &Axis::path) != axes_.end()) {
      problems_.add(written_axis.origin, kSection, "'" + path + "' is swept twice; put all its values in one list");
      return;
    }
    if (!target->is_selector() && !has_key(*target, alternatives, written_axis)) return;
    report_override(*target, written_axis);
    const TomlNode& node = *written_axis.node;
    if (!node.is<TomlList>()) {
      problems_.add(
          node.origin, kSection,
          fmt::format("'{}' expects a list of values, but got {}; write it in brackets", path, written(node)));
      return;
    }
    if (node.list().empty()) {
      problems_.add(node.origin, kSection,
                    "'" + path + "' expects at least one value, but got an empty list; add values or remove the axis");
      return;
    }
    if (node.list().size() > kMostCells) {
      problems_.add(
          node.origin, kSection,
          fmt::format("'{}' expects at most {} values, but got {}; sweep fewer", path, kMostCells, node.list().size()));
      return;
    }
    Axis axis{path, {}, written_axis.origin};
    std::set<std::string> seen;
    for (const TomlNode& item : node.list()) {
      auto value = target->is_selector() ? name_of(item, *target) : value_of(item, *target, alternatives);
      if (!value) continue;
      if (!seen.insert(host::to_toml(*value)).second) {
        problems_.add(item.origin, kSection,
                      "'" + path + "' lists the value " + host::to_toml(*value) + " twice; remove one of them");
        continue;
      }
      axis.values.push_back(std::move(*value));
    }
    axes_.push_back(std::move(axis));
  }

  const Section* chosen(const std::string& place) const {
    const auto found = std::ranges::find(chosen_, place, &std::pair<std::string, const Section*>::first);
    return found == chosen_.end() ? nullptr : found->second;
  }

  std::vector<const base::Alternative*> alternatives_of(const Target& target) const {
    if (target.is_selector()) return {&target.table->alternatives.front()};
    if (const auto found = swept_.find(target.place); found != swept_.end()) return found->second;
    const Section* table = chosen(target.place);
    if (!table || !table->alternative) return {};
    return {table->alternative};
  }

  /// Returns the declaration of a target within the value of a key.
  std::optional<ParamSpec> below(const Target& target) const {
    const Section* table = chosen(target.place);
    if (!table || !table->alternative || swept_.contains(target.place)) return std::nullopt;
    const auto& specs = table->alternative->params;
    const auto found = std::ranges::find(specs, target.key, &ParamSpec::name);
    if (found == specs.end()) return std::nullopt;
    const auto index = static_cast<std::size_t>(found - specs.begin());
    return spec_below(table->settings[index].value, *found, target.below);
  }

  bool is_there(const Target& target) const {
    if (!chosen(target.place) || (target.is_selector() && target.table->alternatives.empty())) return false;
    if (!target.below.empty()) return below(target).has_value();
    return target.is_selector() || find_spec(target.table->common, target.key) ||
           any_declares(*target.table, target.key);
  }

  void unknown_path(const WrittenAxis& axis) {
    std::vector<std::string> all, near;  // near: the keys of the table that the path names
    const std::string table_name = axis.path.substr(0, axis.path.rfind('.'));
    for (const auto& [place, table] : chosen_) {
      const TableSchema& declared = *find_table(schema_, table->path);
      std::vector<std::string> keys;
      if (table->alternative) keys = key_names(declared, *table->alternative);
      if (!declared.selector.empty()) keys.insert(keys.begin(), declared.selector);
      for (const auto& key : keys) {
        all.push_back(joined_path(place, key));
        if (place == table_name) near.push_back(all.back());
      }
    }
    std::vector<std::string> places;
    for (const auto& [place, table] : chosen_) {
      if (!place.empty()) places.push_back(place);
    }
    std::string hint = base::did_you_mean(axis.path, near);
    if (hint.empty()) hint = base::did_you_mean(axis.path, all);
    const auto ends_so = [&](const std::string& path) { return path.ends_with("." + axis.path); };
    if (hint.empty() && std::ranges::count_if(all, ends_so) == 1) {
      hint = "; did you mean '" + *std::ranges::find_if(all, ends_so) + "'?";
    }
    if (hint.empty()) {  // a key of an alternative that is not chosen
      const auto meant = meant_overrides(schema_, axis.path + "=");
      if (meant.size() == 1 && meant.front() != axis.path + "=") {
        hint = "; did you mean '" + meant.front().substr(0, meant.front().size() - 1) + "'?";
      }
    }
    problems_.add(axis.origin, kSection,
                  fmt::format("unknown path '{}': {} {}{}", host::shortened(axis.path),
                              near.empty() ? "the tables are" : "expected one of",
                              host::listed(near.empty() ? places : near), hint));
  }

  bool has_key(const Target& target, const std::vector<const base::Alternative*>& alternatives,
               const WrittenAxis& axis) {
    for (const base::Alternative* one : alternatives) {
      if (is_idle(*target.table, *one, target.key)) {
        problems_.add(
            axis.origin, kSection,
            fmt::format("'{0}' cannot be swept: it has no effect with {1} = \"{2}\", so all its values would give the "
                        "same cell; remove {2} or the axis",
                        axis.path, joined_path(target.place, target.table->selector), one->name));
        return false;
      }
      if (find_spec(*target.table, *one, target.key)) continue;
      std::vector<std::string> others;
      for (const auto& other : target.table->alternatives) {
        if (find_spec(other.params, target.key)) others.push_back(other.name);
      }
      const std::string& selector = target.table->selector;
      const auto other = std::ranges::find_if(chosen_, [&](const auto& place_and_table) {
        const Section& table = *place_and_table.second;
        return table.path == target.table->path && table.alternative &&
               find_spec(table.alternative->params, target.key);
      });
      const auto fix = other == chosen_.end() ? fmt::format("choose {} or remove the axis", host::listed(others))
                                              : fmt::format("did you mean '{}.{}'?", other->first, target.key);
      const bool swept = swept_.contains(target.place);
      const Origin& selected = chosen(target.place)->origin;
      if (!swept && selected.kind == Origin::Kind::override && axis.origin.kind != Origin::Kind::override) {
        problems_.add(
            selected, "",
            fmt::format("'{0}' is swept ({1}), but '{2}' belongs to {3}, not to {4}; choose {3} or remove the axis",
                        axis.path, place_text(axis.origin), target.key, host::listed(others), one->name));
        return false;
      }
      problems_.add(
          axis.origin, kSection,
          swept ? fmt::format("'{0}' cannot be swept together with '{1}.{2}': '{3}' belongs to {4}, not to {5}; sweep "
                              "them in separate experiments",
                              axis.path, target.place, selector, target.key, host::listed(others), one->name)
                : fmt::format("'{0}' cannot be swept: '{1}' belongs to {2}, but {3} has {4} = \"{5}\"; {6}", axis.path,
                              target.key, host::listed(others), header(*target.table), selector, one->name, fix));
      return false;
    }
    return true;
  }

  /// Refuses a value on the command line for a swept key, which the axis would override.
  void report_override(const Target& target, const WrittenAxis& axis) {
    const TomlNode* table = at_path(root_, target.table->path);
    if (table && target.table->repeated && table->is<TomlList>()) {
      const auto index = index_of(target.place.substr(target.table->path.size() + 1));
      table = index && *index < table->list().size() ? &table->list()[*index] : nullptr;
    }
    const TomlNode* given = table && target.below.empty() ? child(*table, target.key) : nullptr;
    if (!given || given->origin.kind != Origin::Kind::override) return;
    problems_.add(
        given->origin, "",
        fmt::format(
            "'{0}' is swept ({1}), so this value would have no effect; write sweep.grid.{0}=[...] to change the "
            "swept values",
            target.path(), place_text(axis.origin)));
  }

  std::optional<Value> name_of(const TomlNode& item, const Target& target) {
    if (!item.is<std::string>()) {
      problems_.add(item.origin, kSection,
                    fmt::format("'{}' expects each element to be one of {}, but got {}", target.path(),
                                host::listed(alternative_names(*target.table)), written(item)));
      return std::nullopt;
    }
    if (!find_alternative(*target.table, item.text())) {
      problems_.add(item.origin, kSection, unknown_alternative(*target.table, item.text(), target.key, registry_));
      return std::nullopt;
    }
    return Value(item.text());
  }

  std::optional<Value> value_of(const TomlNode& item, const Target& target,
                                const std::vector<const base::Alternative*>& alternatives) {
    if (const auto spec = target.below.empty() ? std::nullopt : below(target)) {
      return checked_setting(item, *spec, {target.path(), kSection, ""}, schema_, registry_, problems_);
    }
    std::optional<Value> value;
    for (const base::Alternative* one : alternatives) {
      auto here = checked_setting(item, *find_spec(*target.table, *one, target.key), {target.path(), kSection, ""},
                                  schema_, registry_, problems_);
      if (!here) return std::nullopt;
      if (!value) value = std::move(here);
    }
    return value;
  }

  const TomlNode& root_;
  const Schema& schema_;
  const host::Registry& registry_;
  const SweptAlternatives& swept_;
  Problems& problems_;
  std::vector<std::pair<std::string, const Section*>> chosen_;  ///< by place
  std::vector<Axis> axes_;
};

}  // namespace

SweptAlternatives swept_alternatives(const TomlNode& root, const Schema& schema) {
  SweptAlternatives swept;
  for (const WrittenAxis& axis : written_axes(root)) {
    const auto target = target_of(axis.path, schema);
    if (!target || target->table->selector.empty() || !target->is_selector() || !axis.node->is<TomlList>()) continue;
    for (const TomlNode& item : axis.node->list()) {
      const base::Alternative* named = item.is<std::string>() ? find_alternative(*target->table, item.text()) : nullptr;
      if (named) swept[target->place].push_back(named);
    }
  }
  return swept;
}

std::vector<Axis> resolve_axes(const TomlNode& root, const Schema& schema, const host::Registry& registry,
                               const std::vector<Section>& tables, const SweptAlternatives& swept, Problems& problems) {
  return AxisResolver(root, schema, registry, tables, swept, problems).run();
}

}  // namespace hourglass::experiment

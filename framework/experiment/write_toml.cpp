// Writes a resolved experiment as a TOML file, as an identity, and as the listing of `hourglass config`.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/wrap.hpp"
#include "experiment/config.hpp"
#include "experiment/effects.hpp"
#include "experiment/schema_lookup.hpp"
#include "host/value_text.hpp"
#include "hourglass/bottleneck.hpp"

namespace hourglass::experiment {
namespace {

/// One key with everything that is printed about it.
struct Line {
  std::string key, value, identity;  ///< the value as a file and as an identity have it
  const Origin* origin;
  std::string facts, doc;  ///< type, default and allowed values; meaning
  Concerns concerns;
};

/// Describes the values of a selector: `name, default "adam"; allowed: "sgd", "adam"`.
std::string facts_of_selector(const TableSchema& schema) {
  std::string allowed;
  for (const auto& name : alternative_names(schema)) {
    allowed += (allowed.empty() ? "" : ", ") + host::to_toml(std::string_view(name));
  }
  const auto fallback = schema.path == Bottleneck::kKind ? "default chosen by the architecture"
                        : schema.default_alternative.empty()
                            ? "required"
                            : "default " + host::to_toml(std::string_view(schema.default_alternative));
  return fmt::format("name, {}; allowed: {}", fallback, allowed);
}

/// Returns the lines of a table: its selector, the common keys, the keys of the chosen alternative.
std::vector<Line> lines_of(const Section& table, const TableSchema& schema) {
  std::vector<Line> lines;
  if (!schema.selector.empty()) {
    const auto name = host::to_toml(std::string_view(table.alternative->name));
    lines.push_back({schema.selector, name, name, &table.origin, facts_of_selector(schema), table.alternative->summary,
                     schema.concerns});
  }
  const auto add = [&](const std::vector<ParamSpec>& specs, const std::vector<Setting>& settings) {
    for (std::size_t i = 0; i < specs.size(); ++i) {
      lines.push_back({specs[i].name, host::to_toml(settings[i].value, specs[i]),
                       host::to_identity(settings[i].value, specs[i]), &settings[i].origin, host::facts_text(specs[i]),
                       specs[i].doc, concerns_of(schema, specs[i])});
    }
  };
  add(schema.common, table.common);
  add(table.alternative->params, table.settings);
  return lines;
}

/// Writes a table with its keys that concern exactly `concerns`, sorted by name, so that the order of declarations does
/// not matter; "" if there are none.
std::string text_of(const Section& table, const TableSchema& schema, Concerns concerns) {
  auto lines = lines_of(table, schema);
  std::ranges::sort(lines, {}, &Line::key);
  std::string text;
  for (const auto& line : lines) {
    if (line.concerns == concerns) text += line.key + " = " + line.identity + "\n";
  }
  return text.empty() || table.path.empty() ? text : header(schema) + "\n" + text;
}

std::string values_text(const std::vector<Value>& values) {
  std::string text;
  for (const auto& value : values) text += (text.empty() ? "[" : ", ") + host::to_toml(value);
  return text + "]";
}

}  // namespace

std::string Config::to_toml(const Facts& facts) const {
  std::string text = question.empty() ? "" : fmt::format("# {}\n", question);
  for (const Section& table : tables) {
    const TableSchema& schema = *find_table(*schema_, table.path);
    const auto lines = lines_of(effective(*this, table, facts), schema);
    if (lines.empty()) continue;
    if (!text.empty() && !table.path.empty()) text += '\n';
    if (!table.path.empty()) text += header(schema) + "\n";
    for (const auto& line : lines) text += line.key + " = " + line.value + "\n";
  }
  if (!axes.empty()) text += "\n[sweep.grid]\n";
  for (const Axis& axis : axes) text += fmt::format("\"{}\" = {}\n", axis.path, values_text(axis.values));
  return text;
}

std::string Config::identity(Concerns concerns, const Facts& facts) const {
  std::string text;
  for (const Section& table : tables) {
    const TableSchema& schema = *find_table(*schema_, table.path);
    if (!schema.repeated) text += text_of(effective(*this, table, facts), schema, concerns);
  }
  return text;
}

std::string Config::identity_of(const Section& entry, const Facts& facts) const {
  return text_of(effective(*this, entry, facts), *find_table(*schema_, entry.path), Concerns::evaluation);
}

std::vector<std::pair<std::string, Value>> Config::flattened(const std::set<std::string>& always) const {
  std::vector<std::pair<std::string, Value>> all;
  std::map<std::string, int> counts;  // of entries of repeated tables
  for (const Section& table : tables) {
    const TableSchema& schema = *find_table(*schema_, table.path);
    const std::string place = schema.repeated ? joined_path(table.path, table.name) : table.path;
    const std::string numbered =
        schema.repeated ? joined_path(table.path, std::to_string(counts[table.path]++)) : table.path;
    if (!schema.selector.empty()) all.emplace_back(joined_path(place, schema.selector), table.alternative->name);
    const auto add = [&](const std::vector<ParamSpec>& specs, const std::vector<Setting>& settings) {
      for (std::size_t i = 0; i < specs.size(); ++i) {
        const bool named = always.contains(joined_path(numbered, specs[i].name));
        if (concerns_of(schema, specs[i]) == Concerns::nothing && !named) continue;
        all.emplace_back(joined_path(place, specs[i].name), settings[i].value);
      }
    };
    add(schema.common, table.common);
    add(table.alternative->params, table.settings);
  }
  return all;
}

std::string Config::explain(bool docs, std::size_t width, const Remarks& remarks) const {
  std::vector<Line> lines;
  std::map<std::string, int> counts;
  for (const Section& table : tables) {
    const TableSchema& schema = *find_table(*schema_, table.path);
    const std::string place = schema.repeated ? table.path + "." + std::to_string(counts[table.path]++) : table.path;
    for (auto& line : lines_of(table, schema)) {
      line.key = place.empty() ? line.key : place + "." + line.key;
      lines.push_back(std::move(line));
    }
  }
  for (const Axis& axis : axes) {
    const auto values = values_text(axis.values);
    lines.push_back({"sweep.grid.\"" + axis.path + "\"", values, values, &axis.origin,
                     "list of values for " + axis.path, "each combination of the axes' values is a cell",
                     Concerns::inherited});
  }
  std::string text = question.empty() ? "" : fmt::format("# {}\n", question);
  if (docs) {
    constexpr std::string_view kIndent = "    ";
    for (const auto& line : lines) {
      text += fmt::format("{} = {}\n{}\n{}\n", line.key, line.value, base::wrapped(line.facts, width, kIndent),
                          base::wrapped(line.doc, width, kIndent));
    }
    return text;
  }
  // A longer list does not move the column of origins.
  constexpr std::size_t kWidest = 40;
  std::size_t keys = 0, values = 0;
  for (const auto& line : lines) {
    keys = std::max(keys, line.key.size());
    values = std::max(values, std::min(line.value.size(), kWidest));
  }
  for (const auto& line : lines) {
    const auto remark = remarks.find(line.key);
    text += fmt::format("{:<{}} = {:<{}}  {}{}\n", line.key, keys, line.value, values, to_string(*line.origin),
                        remark == remarks.end() ? "" : "; " + remark->second);
  }
  return text;
}

}  // namespace hourglass::experiment

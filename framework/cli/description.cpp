#include "cli/description.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/printable.hpp"
#include "base/suggest.hpp"
#include "experiment/schema_lookup.hpp"
#include "host/value_text.hpp"

namespace hourglass::cli {
namespace {

using base::Json;

/// Something that can be described; its full name is for example `noise/gaussian` or `train`.
struct Subject {
  std::string name;
  const experiment::TableSchema* table;
  const base::Alternative* alternative;
};

std::vector<Subject> subjects_of(const experiment::Schema& schema) {
  std::vector<Subject> subjects;
  for (const auto& table : schema.tables) {
    if (table.path.empty()) continue;
    const bool fixed = table.selector.empty();
    subjects.push_back({table.path, &table, fixed ? &table.alternatives.front() : nullptr});
    if (fixed) continue;
    for (const auto& alternative : table.alternatives) {
      subjects.push_back({table.path + "/" + alternative.name, &table, &alternative});
    }
  }
  return subjects;
}

[[noreturn]] void refuse(const std::string& wanted, const std::vector<std::string>& full,
                         const std::vector<std::string>& names, const host::Registry& registry) {
  const auto slash = wanted.find('/');
  if (slash != std::string::npos) {
    const auto* problem = registry.problem(wanted.substr(0, slash), wanted.substr(slash + 1));
    if (problem) throw base::UserError(fmt::format("plugin '{}' did not load: {}", wanted, problem->message));
  }
  std::string near = base::nearest(wanted, full);
  if (near.empty() && slash == std::string::npos) {
    const std::string name = base::nearest(wanted, names);
    if (!name.empty()) near = full[static_cast<std::size_t>(std::ranges::find(names, name) - names.begin())];
  }
  throw base::UserError(
      fmt::format("unknown plugin '{}'{}", wanted,
                  near.empty() ? "; `hourglass plugins list` lists all plugins" : "; did you mean '" + near + "'?"));
}

Subject find(const std::string& wanted, const experiment::Schema& schema, const host::Registry& registry) {
  const auto subjects = subjects_of(schema);
  std::vector<std::string> full, names, same;
  const Subject* found = nullptr;
  for (const auto& subject : subjects) {
    full.push_back(subject.name);
    names.push_back(subject.name.substr(subject.name.find('/') + 1));
    if (subject.name == wanted) return subject;
    if (names.back() != wanted) continue;
    found = &subject;
    same.push_back(subject.name);
  }
  if (same.size() == 1) return *found;
  if (same.size() > 1) {
    throw base::UserError(fmt::format("'{}' is ambiguous: choose one of {}", wanted, fmt::join(same, ", ")));
  }
  refuse(wanted, full, names, registry);
}

std::string title_of(const Description& description) {
  const auto& [table, alternative, library, params] = description;
  const bool named = alternative && !alternative->name.empty();
  return named ? table->path + "/" + alternative->name : table->path;
}

std::string summary_of(const Description& description) {
  const auto& [table, alternative, library, params] = description;
  return alternative && !alternative->name.empty() ? alternative->summary : table->doc;
}

/// Returns the table as in an experiment file, with its defaults; "" for a table without a default alternative.
std::string example_of(const Description& description) {
  const auto& [table, alternative, library, params] = description;
  const std::string name = alternative ? alternative->name : table->default_alternative;
  if (name.empty() && !table->selector.empty()) return "";
  std::string text = experiment::header(*table) + "\n";
  if (!name.empty()) text += fmt::format("{} = {}\n", table->selector, host::to_toml(std::string_view(name)));
  for (const auto& spec : params) text += fmt::format("{} = {}\n", spec.name, host::to_toml(spec.default_value));
  return text;
}

}  // namespace

Description description_of(const std::string& wanted, const experiment::Schema& schema,
                           const host::Registry& registry) {
  const auto subject = find(wanted, schema, registry);
  Description description{subject.table, subject.alternative, "", subject.table->common};
  if (!subject.alternative) return description;
  const auto& own = subject.alternative->params;
  description.params.insert(description.params.end(), own.begin(), own.end());
  if (subject.alternative->plugin) {
    description.library = registry.find(subject.table->path, subject.alternative->name)->library.string();
  }
  return description;
}

std::string as_text(const Description& description) {
  const auto& [table, alternative, library, params] = description;
  std::string text = fmt::format("{}: {}\n", title_of(description), summary_of(description));
  if (!library.empty()) text += fmt::format("library: {}\n", library);
  if (!alternative) {
    text += fmt::format("\n{} is one of:\n", table->selector);
    std::size_t width = 0;
    for (const auto& one : table->alternatives) width = std::max(width, one.name.size());
    for (const auto& one : table->alternatives) text += fmt::format("  {:<{}}  {}\n", one.name, width, one.summary);
  }
  std::size_t width = 0;
  for (const auto& spec : params) width = std::max(width, spec.name.size());
  if (!params.empty()) {
    text += alternative ? "\nparameters:\n" : "\nparameters of all alternatives:\n";
  } else if (alternative) {
    text += "\nIt has no parameters.\n";
  }
  for (const auto& spec : params) {
    text += fmt::format("  {:<{}}  {}\n  {:<{}}  {}\n", spec.name, width, host::facts_text(spec), "", width, spec.doc);
  }
  if (const auto example = example_of(description); !example.empty()) text += "\nexample:\n\n" + example;
  return base::printable(text);
}

std::string as_json(const Description& description) {
  const auto& [table, alternative, library, params] = description;
  Json json = {{"kind", table->path}};
  if (alternative && !alternative->name.empty()) json["name"] = alternative->name;
  json["summary"] = summary_of(description);
  if (!library.empty()) json["library"] = library;
  if (!alternative) {
    json["selector"] = table->selector;
    json["alternatives"] = Json::array();
    for (const auto& one : table->alternatives) {
      json["alternatives"].push_back(Json{{"name", one.name}, {"summary", one.summary}});
    }
  }
  json["parameters"] = Json::array();
  for (const auto& spec : params) {
    Json row = {{"name", spec.name}, {"type", host::type_text(spec)}};
    if (spec.plugin_kind.empty()) {
      std::visit(
          [&]<class T>(const T& value) {
            constexpr bool plain = !std::is_same_v<T, Varying> && !std::is_same_v<T, std::vector<PluginChoice>>;
            if constexpr (plain) row["default"] = value;
          },
          spec.default_value);
    } else {
      row["plugins"] = spec.plugin_kind;
    }
    if (std::isfinite(spec.range.min)) row["min"] = spec.range.min;
    if (std::isfinite(spec.range.max)) row["max"] = spec.range.max;
    if (!spec.choices.empty()) row["choices"] = spec.choices;
    if (spec.is_severity) row["may_vary"] = true;
    if (const auto concerns = host::concerns_text(spec); !concerns.empty()) row["concerns"] = concerns;
    if (const auto condition = host::acts_if_text(spec); !condition.empty()) row["acts_if"] = condition;
    row["doc"] = spec.doc;
    json["parameters"].push_back(std::move(row));
  }
  if (const auto example = example_of(description); !example.empty()) json["example"] = example;
  return json.dump(2) + "\n";
}

}  // namespace hourglass::cli

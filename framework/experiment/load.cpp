#include "experiment/load.hpp"

#include <algorithm>

#include "experiment/compose.hpp"
#include "experiment/document.hpp"
#include "experiment/effects.hpp"
#include "experiment/problems.hpp"
#include "experiment/resolve.hpp"
#include "experiment/schema_lookup.hpp"

namespace hourglass::experiment {
namespace {

/// Returns whether the path of an axis is a table's selector, which must be assigned before the keys that depend on it.
bool names_selector(const Schema& schema, const std::string& path) {
  return std::ranges::any_of(schema.tables, [&](const TableSchema& table) {
    return !table.selector.empty() && path.starts_with(table.path + ".") && path.ends_with("." + table.selector);
  });
}

/// Removes keys of alternatives that only other cells of the sweep use.
void drop_keys_of_other_cells(TomlNode& root, const Schema& schema) {
  const auto drop = [](TomlNode& node, const TableSchema& table) {
    if (const base::Alternative* chosen = named(table, child(node, table.selector)))
      drop_foreign_keys(node, table, *chosen);
  };
  for (const TableSchema& table : schema.tables) {
    TomlNode* node = table.selector.empty() ? nullptr : at_path(root, table.path);
    if (node && node->is<TomlTable>()) drop(*node, table);
    if (node && node->is<TomlList>()) {
      for (TomlNode& item : node->list()) drop(item, table);
    }
  }
}

/// Notes each plugin of the experiment that hides another of the same name.
void note_hidden_plugins(const std::vector<Section>& tables, const host::Registry& registry, Problems& problems) {
  std::vector<const host::PluginProblem*> seen;
  for (const auto& table : tables) {
    if (!table.alternative || !table.alternative->plugin) continue;
    const auto* hidden = registry.problem(table.path, table.alternative->name);
    if (!hidden || std::ranges::find(seen, hidden) != seen.end()) continue;
    seen.push_back(hidden);
    problems.note(hidden->message);
  }
}

/// Appends entries to their repeated tables.
void append(TomlNode& root, const std::vector<TomlEntry>& added) {
  for (const auto& entry : added) {
    if (!child(root, entry.key)) root.table().push_back({entry.key, entry.origin, {TomlList{}, entry.origin}});
    child(root, entry.key)->list().push_back(entry.node);
  }
}

}  // namespace

Config load_config(const std::filesystem::path& file, const std::vector<std::string>& overrides, const Schema& schema,
                   const host::Registry& registry, const std::vector<TomlEntry>& added, Idle idle) {
  Problems problems(file.string());
  auto composition = compose(file, overrides, schema, problems);
  append(composition.root, added);
  for (const auto& note : composition.notes) problems.note(note);
  Config config;
  config.name = file.stem().string();
  config.question = std::move(composition.question);
  config.file = file;
  config.schema_ = &schema;
  config.registry_ = &registry;
  const auto swept = swept_alternatives(composition.root, schema);
  config.tables = resolve_tables(composition.root, schema, registry, swept, problems);
  note_hidden_plugins(config.tables, registry, problems);
  config.axes = resolve_axes(composition.root, schema, registry, config.tables, swept, problems);
  for (const auto& key : conditional_keys(config)) {
    if (!key.acts && idle == Idle::refused) problems.add(key.origin, key.section, key.sentence);
  }
  problems.throw_if_any();
  config.notes = problems.notes();
  // The axes, which may be long, are not part of what each cell copies.
  std::erase_if(composition.root.table(), [](const TomlEntry& entry) { return entry.key == "sweep"; });
  config.document_ = std::make_shared<const TomlNode>(std::move(composition.root));
  return config;
}

Config with_assignments(const Config& config, const std::vector<Assignment>& assignments,
                        const std::vector<TomlEntry>& added) {
  const Schema& schema = *config.schema_;
  Problems problems(config.file.string());
  TomlNode root = *config.document_;
  for (const bool selectors : {true, false}) {
    for (const auto& assignment : assignments) {
      if (names_selector(schema, assignment.path) != selectors) continue;
      Origin origin{Origin::Kind::sweep, config.file.string(), 1, 1};
      const auto axis = std::ranges::find(config.axes, assignment.path, &Axis::path);
      if (axis != config.axes.end()) origin = axis->origin;
      if (origin.kind == Origin::Kind::file) origin.kind = Origin::Kind::sweep;
      set_value(root, assignment.path, node_of(assignment.value, origin), schema, problems);
    }
  }
  drop_keys_of_other_cells(root, schema);
  append(root, added);
  Config result;
  result.name = config.name;
  result.question = config.question;
  result.file = config.file;
  result.schema_ = config.schema_;
  result.registry_ = config.registry_;
  result.tables = resolve_tables(root, schema, *config.registry_, {}, problems);
  problems.throw_if_any();
  result.document_ = std::make_shared<const TomlNode>(std::move(root));
  return result;
}

}  // namespace hourglass::experiment

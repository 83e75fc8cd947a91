#include "host/config.hpp"

#include <algorithm>
#include <stdexcept>

#include "host/compose.hpp"
#include "host/document.hpp"
#include "host/problems.hpp"
#include "host/resolve.hpp"
#include "host/schema_lookup.hpp"

namespace hourglass::host {
namespace {

std::vector<Value> values_of(const std::vector<Setting>& settings) {
  std::vector<Value> values;
  for (const auto& setting : settings) values.push_back(setting.value);
  return values;
}

/// Tells whether an axis' path is a table's selector, so that it has to be assigned before the keys that depend on it.
bool names_selector(const Schema& schema, const std::string& path) {
  return std::ranges::any_of(schema.tables, [&](const TableSchema& table) {
    return !table.selector.empty() && path.starts_with(table.path + ".") && path.ends_with("." + table.selector);
  });
}

/// Removes keys that belong to alternatives which other cells of a sweep choose.
void drop_keys_of_other_cells(Node& root, const Schema& schema) {
  const auto drop = [](Node& node, const TableSchema& table) {
    const Node* selector = child(node, table.selector);
    const Alternative* chosen =
        selector && selector->is<std::string>() ? find_alternative(table, selector->text()) : nullptr;
    if (chosen) drop_foreign_keys(node, table, *chosen);
  };
  for (const TableSchema& table : schema.tables) {
    Node* node = table.selector.empty() ? nullptr : at_path(root, table.path);
    if (node && node->is<NodeTable>()) drop(*node, table);
    if (node && node->is<NodeList>()) {
      for (Node& item : node->list()) drop(item, table);
    }
  }
}

}  // namespace

std::string to_string(const Origin& origin) {
  switch (origin.kind) {
    case Origin::Kind::default_value: return "default";
    case Origin::Kind::override: return "command line";
    case Origin::Kind::sweep: return "sweep";
    default: return origin.file + ":" + std::to_string(origin.line) + ":" + std::to_string(origin.column);
  }
}

std::string place_text(const Origin& origin) {
  if (origin.kind == Origin::Kind::override) return "command line: " + origin.file;
  return origin.file + ":" + std::to_string(origin.line) + ":" + std::to_string(origin.column);
}

const Origin& Table::culprit() const {
  for (const auto kind : {Origin::Kind::override, Origin::Kind::file, Origin::Kind::sweep}) {
    if (origin.kind == kind) return origin;
    for (const auto* list : {&settings, &common}) {
      const auto found = std::ranges::find(*list, kind, [](const Setting& setting) { return setting.origin.kind; });
      if (found != list->end()) return found->origin;
    }
  }
  return origin;
}

std::vector<Value> Table::values() const { return values_of(settings); }
std::vector<Value> Table::common_values() const { return values_of(common); }

const Table& Config::table(std::string_view path) const {
  const auto found = std::ranges::find(tables, path, &Table::path);
  if (found == tables.end()) throw std::logic_error("no table [" + std::string(path) + "] in the schema");
  return *found;
}

std::vector<const Table*> Config::all(std::string_view path) const {
  std::vector<const Table*> found;
  for (const auto& table : tables) {
    if (table.path == path) found.push_back(&table);
  }
  return found;
}

Config load_config(const std::filesystem::path& file, const std::vector<std::string>& overrides, const Schema& schema,
                   const Registry& registry) {
  Problems problems(file.string());
  auto composition = compose(file, overrides, schema, problems);
  Config config;
  config.name = file.stem().string();
  config.question = std::move(composition.question);
  config.file = file;
  config.schema_ = &schema;
  config.registry_ = &registry;
  const auto swept = swept_alternatives(composition.root, schema);
  config.tables = resolve_tables(composition.root, schema, registry, swept, problems);
  config.axes = resolve_axes(composition.root, schema, registry, config.tables, swept, problems);
  problems.throw_if_any();
  config.document_ = std::make_shared<const Node>(std::move(composition.root));
  return config;
}

Config with_assignments(const Config& config, const std::vector<Assignment>& assignments) {
  const Schema& schema = *config.schema_;
  Problems problems(config.file.string());
  Node root = *config.document_;
  std::erase_if(root.table(), [](const Entry& entry) { return entry.key == "sweep"; });
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
  Config result;
  result.name = config.name;
  result.question = config.question;
  result.file = config.file;
  result.schema_ = config.schema_;
  result.registry_ = config.registry_;
  result.tables = resolve_tables(root, schema, *config.registry_, {}, problems);
  problems.throw_if_any();
  result.document_ = std::make_shared<const Node>(std::move(root));
  return result;
}

}  // namespace hourglass::host

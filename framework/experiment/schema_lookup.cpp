#include "experiment/schema_lookup.hpp"

#include <algorithm>

#include "host/value_text.hpp"

namespace hourglass::experiment {
namespace {

void expand(TomlNode& node, const TableSchema& table) {
  if (!node.is<std::string>()) return;
  TomlEntry selector{table.selector, node.origin, {node.value, node.origin}};
  TomlTable entries;
  entries.push_back(std::move(selector));
  node.value = std::move(entries);
}

/// Returns whether only other alternatives have a key, or it has no effect with `chosen`.
bool is_foreign(const TableSchema& table, const base::Alternative& chosen, std::string_view key) {
  return is_idle(table, chosen, key) || (!find_spec(table, chosen, key) && any_declares(table, key));
}

/// Returns whether a table has a key with any alternative.
bool declares(const TableSchema& table, std::string_view key) {
  return find_spec(table.common, key) || any_declares(table, key);
}

/// Removes the keys of the table `node` that were written for another alternative than `chosen`, which was written at
/// `choice`.
void drop_keys_of_former(TomlNode& node, const TableSchema& table, const base::Alternative& chosen,
                         const Origin& choice, TomlTable* dropped) {
  if (!dropped) return drop_foreign_keys(node, table, chosen);
  const TomlNode* selector = child(node, table.selector);
  const base::Alternative* former =
      selector ? named(table, selector) : find_alternative(table, table.default_alternative);
  if (former == &chosen) return;
  std::erase_if(node.table(), [&](const TomlEntry& entry) {
    const bool written_for_it = former && find_spec(former->params, entry.key);
    if (!written_for_it && !is_foreign(table, chosen, entry.key)) return false;
    const auto kind = Origin::Kind::override;
    if (entry.origin.kind == kind && choice.kind == kind) return false;
    dropped->push_back({joined_path(table.path, entry.key), entry.origin, entry.node});
    return true;
  });
}

}  // namespace

const TableSchema* find_table(const Schema& schema, std::string_view path) {
  const auto found = std::ranges::find(schema.tables, path, &TableSchema::path);
  return found == schema.tables.end() ? nullptr : &*found;
}

const base::Alternative* find_alternative(const TableSchema& table, std::string_view name) {
  const auto found = std::ranges::find(table.alternatives, name, &base::Alternative::name);
  return found == table.alternatives.end() ? nullptr : &*found;
}

const base::Alternative* named(const TableSchema& table, const TomlNode* selector) {
  return selector && selector->is<std::string>() ? find_alternative(table, selector->text()) : nullptr;
}

const ParamSpec* find_spec(const std::vector<ParamSpec>& specs, std::string_view name) {
  const auto found = std::ranges::find(specs, name, &ParamSpec::name);
  return found == specs.end() ? nullptr : &*found;
}

const ParamSpec* find_spec(const TableSchema& table, const base::Alternative& alternative, std::string_view name) {
  const ParamSpec* spec = find_spec(table.common, name);
  return spec ? spec : find_spec(alternative.params, name);
}

Concerns concerns_of(const TableSchema& table, const ParamSpec& spec) {
  const auto own = host::concerns_of(table.path, spec);
  return own == Concerns::inherited ? table.concerns : own;
}

bool any_declares(const TableSchema& table, std::string_view name) {
  return std::ranges::any_of(table.alternatives,
                             [&](const base::Alternative& one) { return find_spec(one.params, name); });
}

std::vector<std::string> child_tables(const Schema& schema, std::string_view path) {
  std::vector<std::string> names;
  for (const auto& table : schema.tables) {
    std::string_view rest = table.path;
    if (!path.empty()) {
      if (!rest.starts_with(path) || rest.size() <= path.size() || rest[path.size()] != '.') continue;
      rest.remove_prefix(path.size() + 1);
    }
    std::string name(rest.substr(0, rest.find('.')));
    if (!name.empty() && std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  }
  return names;
}

std::vector<std::string> alternative_names(const TableSchema& table) {
  std::vector<std::string> names;
  for (const auto& alternative : table.alternatives) names.push_back(alternative.name);
  return names;
}

std::vector<std::string> key_names(const TableSchema& table, const base::Alternative& alternative) {
  std::vector<std::string> names;
  for (const auto& spec : table.common) names.push_back(spec.name);
  for (const auto& spec : alternative.params) names.push_back(spec.name);
  return names;
}

std::string header(const TableSchema& table) {
  if (table.path.empty()) return "";
  return table.repeated ? "[[" + table.path + "]]" : "[" + table.path + "]";
}

void expand_short_forms(TomlNode& root, const Schema& schema) {
  for (const auto& table : schema.tables) {
    TomlNode* node = table.selector.empty() ? nullptr : at_path(root, table.path);
    if (!node) continue;
    if (!table.repeated) {
      expand(*node, table);
    } else if (node->is<TomlList>()) {
      for (TomlNode& item : node->list()) expand(item, table);
    }
  }
}

bool is_idle(const TableSchema& table, const base::Alternative& alternative, std::string_view key) {
  const ParamSpec* spec = find_spec(table.common, key);
  if (!spec || spec->acts_if.empty()) return false;
  return std::ranges::none_of(spec->acts_if, [&](const std::vector<Condition>& all) {
    return std::ranges::all_of(all, [&](const Condition& condition) {
      return condition.key != table.selector || host::holds(condition, alternative.name);
    });
  });
}

void drop_foreign_keys(TomlNode& node, const TableSchema& table, const base::Alternative& chosen) {
  std::erase_if(node.table(), [&](const TomlEntry& entry) { return is_foreign(table, chosen, entry.key); });
}

void merge(TomlNode& base, TomlNode overlay, const std::string& path, const Schema& schema, TomlTable* dropped) {
  const TableSchema* table = find_table(schema, path);
  if (const TomlNode* selector = table && !table->selector.empty() ? child(overlay, table->selector) : nullptr) {
    if (const base::Alternative* chosen = named(*table, selector))
      drop_keys_of_former(base, *table, *chosen, selector->origin, dropped);
  }
  for (TomlEntry& entry : overlay.table()) {
    const auto below = std::ranges::find(base.table(), entry.key, &TomlEntry::key);
    if (below == base.table().end()) {
      base.table().push_back(std::move(entry));
    } else if (below->node.is<TomlTable>() && entry.node.is<TomlTable>() && !(table && declares(*table, entry.key))) {
      merge(below->node, std::move(entry.node), joined_path(path, entry.key), schema, dropped);
    } else {
      *below = std::move(entry);
    }
  }
  base.origin = overlay.origin;
}

}  // namespace hourglass::experiment

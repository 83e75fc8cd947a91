// From a composed document to checked tables and axes.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "host/document.hpp"
#include "host/problems.hpp"
#include "host/registry.hpp"
#include "host/schema.hpp"

namespace hourglass::host {

/// The alternatives that an axis gives to a table's selector, by the table's place: `noise`, `task.0`.
using SweptAlternatives = std::map<std::string, std::vector<const Alternative*>>;

/// Finds the axes over selectors. Names that are not known are left to `resolve_axes`.
SweptAlternatives swept_alternatives(const Node& root, const Schema& schema);

/// Checks everything but [sweep]. Where a selector is swept, keys of all its alternatives may be given. Tables whose
/// alternative is not known have none; then `problems` says why.
std::vector<Table> resolve_tables(const Node& root, const Schema& schema, const Registry& registry,
                                  const SweptAlternatives& swept, Problems& problems);

/// Checks [sweep] against the tables.
std::vector<Axis> resolve_axes(const Node& root, const Schema& schema, const Registry& registry,
                               const std::vector<Table>& tables, const SweptAlternatives& swept, Problems& problems);

/// Says that a table has no alternative `name`: which there are, or why the plugin of that name did not load. `key` is
/// how the selector is called there.
std::string unknown_alternative(const TableSchema& table, const std::string& name, const std::string& key,
                                const Registry& registry);

}  // namespace hourglass::host

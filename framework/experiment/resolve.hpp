// From a composed document to checked tables and axes.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "experiment/config.hpp"
#include "experiment/document.hpp"
#include "experiment/problems.hpp"
#include "experiment/schema.hpp"
#include "host/registry.hpp"

namespace hourglass::experiment {

/// The alternatives that an axis gives to a table's selector, by the table's place: `noise`, `task.0`.
using SweptAlternatives = std::map<std::string, std::vector<const base::Alternative*>>;

/// Finds the axes over selectors. Names that are not known are left to `resolve_axes`.
SweptAlternatives swept_alternatives(const TomlNode& root, const Schema& schema);

/// Checks everything but [sweep]. Where a selector is swept, keys of all its alternatives may be given. Tables whose
/// alternative is not known have none; then `problems` says why.
std::vector<Section> resolve_tables(const TomlNode& root, const Schema& schema, const host::Registry& registry,
                                    const SweptAlternatives& swept, Problems& problems);

/// Checks [sweep] against the tables.
std::vector<Axis> resolve_axes(const TomlNode& root, const Schema& schema, const host::Registry& registry,
                               const std::vector<Section>& tables, const SweptAlternatives& swept, Problems& problems);

/// Says that a table has no alternative `name`: which there are, or why the plugin of that name did not load. `key` is
/// how the selector is called there.
std::string unknown_alternative(const TableSchema& table, const std::string& name, const std::string& key,
                                const host::Registry& registry);

}  // namespace hourglass::experiment

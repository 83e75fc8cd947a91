// Checks a composed document and turns it into tables and axes.
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

/// For each table whose selector is swept, the alternatives that the axis lists; keyed by path, with the index of a
/// repeated table: `noise`, `task.0`.
using SweptAlternatives = std::map<std::string, std::vector<const base::Alternative*>>;

/// Finds the axes over selectors. Unknown names are skipped here; resolve_axes() reports them.
SweptAlternatives swept_alternatives(const TomlNode& root, const Schema& schema);

/// Checks all tables except [sweep]. If a selector is swept, the table may have the keys of all swept alternatives. A
/// table whose alternative is unknown gets a null `alternative`, and the reason is added to `problems`.
std::vector<Section> resolve_tables(const TomlNode& root, const Schema& schema, const host::Registry& registry,
                                    const SweptAlternatives& swept, Problems& problems);

/// Checks [sweep] against the tables.
std::vector<Axis> resolve_axes(const TomlNode& root, const Schema& schema, const host::Registry& registry,
                               const std::vector<Section>& tables, const SweptAlternatives& swept, Problems& problems);

}  // namespace hourglass::experiment

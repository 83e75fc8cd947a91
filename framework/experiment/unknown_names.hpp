// Messages about keys and tables that the schema does not have, each with the nearest fix.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "experiment/document.hpp"
#include "experiment/problems.hpp"
#include "experiment/schema.hpp"
#include "host/registry.hpp"

namespace hourglass::experiment {

/// How to name another folder of plugins, in messages.
inline constexpr const char* kOtherFolders = "with --plugin-path or HOURGLASS_PLUGIN_PATH";

/// Lists the keys that are allowed: `gaussian has sigma, clip`, `the keys are epochs, loss`, `none has no keys`.
std::string keys_text(const TableSchema& table, const base::Alternative& chosen);

/// Returns the message for a key that `chosen`, an alternative of `table`, does not declare. Both are null if the
/// schema does not declare the table itself. `root` is the whole document, in which the fix is looked up.
std::string unknown_key(const Schema& schema, const TomlNode& root, const TableSchema* table,
                        const base::Alternative* chosen, const TomlEntry& entry);

/// Returns the overrides that may be meant by `key=value` if its path is not complete, such as `train.epochs=3` by
/// `epochs=3`; one with a table is returned as it is. Empty if no key or table is near.
std::vector<std::string> meant_overrides(const Schema& schema, const std::string& text);

/// Reports `entry`, a table in the table at `path` that the schema does not have. Adds the path of the table that was
/// probably meant to `meant`, if one is near.
void report_unknown_table(const TomlEntry& entry, const std::string& path, const Schema& schema, Problems& problems,
                          std::set<std::string>& meant);

/// Reports the keys and tables at the top of a document, and in intermediate tables, that the schema does not have. The
/// keys of tables that it declares are not looked at. Adds to `meant` as report_unknown_table().
void check_names(const TomlNode& root, const Schema& schema, Problems& problems, std::set<std::string>& meant);

/// Returns the message for a table that has no alternative `name`: it lists the alternatives, or says why the plugin of
/// that name did not load. `key` is the selector.
std::string unknown_alternative(const TableSchema& table, const std::string& name, const std::string& key,
                                const host::Registry& registry);

}  // namespace hourglass::experiment

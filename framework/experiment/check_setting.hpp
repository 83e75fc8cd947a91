// Checks the value of a key of any type: a plain value, a severity that varies, or plugins with keys of their own.
#pragma once

#include <optional>

#include "experiment/check_values.hpp"
#include "experiment/schema.hpp"
#include "host/registry.hpp"

namespace hourglass::experiment {

/// Converts a written value as checked(), and also what that does not know: the tables of a severity that varies, and
/// plugins, each a name or a table with the key `plugin` and keys of that plugin, which are checked in the same way.
/// `schema` has the table of each kind of plugin.
std::optional<Value> checked_setting(const TomlNode& node, const ParamSpec& spec, const KeyName& key,
                                     const Schema& schema, const host::Registry& registry, Problems& problems);

}  // namespace hourglass::experiment

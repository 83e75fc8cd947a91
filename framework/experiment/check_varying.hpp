// Checks a severity that varies, written as a table in place of a number.
#pragma once

#include <optional>

#include "experiment/check_values.hpp"

namespace hourglass::experiment {

/// Converts `{ min, max }` or `{ from, to, begin, end }` to a Varying whose numbers are in the range of `spec`; `begin`
/// may be left out. Equal ends give a constant. Adds to `problems` as checked().
std::optional<Value> checked_varying(const TomlNode& node, const ParamSpec& spec, const KeyName& key,
                                     Problems& problems);

}  // namespace hourglass::experiment

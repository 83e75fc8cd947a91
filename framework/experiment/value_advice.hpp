// The nearest fix for a value of the wrong type. Every fix, written as it says, is accepted.
#pragma once

#include <string>
#include <string_view>

#include "experiment/document.hpp"

namespace hourglass::experiment {

/// Returns the fix for a value that `spec` does not accept, such as `; write 0.001` or `; to try several values, write
/// sweep.grid.train.epochs=[1,2]`; "" if there is none. `type` is the default of the key or, if `node` is an element of
/// a list, an element of it. `path` is the key's full path, or "" for a value that is swept already.
std::string value_advice(const TomlNode& node, const Value& type, const ParamSpec& spec, std::string_view path);

/// Writes an override as a shell word: in single quotes if it needs them.
std::string typed(const std::string& override);

}  // namespace hourglass::experiment

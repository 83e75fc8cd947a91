// Checks the value written for one key against the key's declaration.
#pragma once

#include <optional>
#include <string>

#include "experiment/document.hpp"
#include "experiment/problems.hpp"

namespace hourglass::experiment {

/// Converts a written value to the type of `spec`'s default and checks its range or choices. An integer is accepted
/// where a number is expected. A relative path is resolved against the folder of the file that contains it, or, on the
/// command line, against the working directory. Errors are added to `problems` with the location of the value or of the
/// list's element; `name` is the key as messages show it. Returns nothing after an error.
std::optional<Value> checked(const TomlNode& node, const ParamSpec& spec, const std::string& name,
                             const std::string& section, Problems& problems);

}  // namespace hourglass::experiment

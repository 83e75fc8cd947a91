// Checks what was written for one key against its declaration.
#pragma once

#include <optional>
#include <string>

#include "experiment/document.hpp"
#include "experiment/problems.hpp"

namespace hourglass::experiment {

/// Converts a written value to the type of `spec`'s default and checks its range or choices. Integers stand for numbers
/// too. A relative path becomes absolute: it starts at the folder of the file that it is written in, or at the working
/// directory on the command line. What is wrong goes to `problems`, at the place of the value or of the list's element;
/// `name` is the key in messages.
std::optional<Value> checked(const TomlNode& node, const ParamSpec& spec, const std::string& name,
                             const std::string& section, Problems& problems);

}  // namespace hourglass::experiment

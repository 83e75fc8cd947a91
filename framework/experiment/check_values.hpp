// Checks the value written for one key against the key's declaration.
#pragma once

#include <optional>
#include <string>

#include "experiment/document.hpp"
#include "experiment/problems.hpp"

namespace hourglass::experiment {

/// A key as messages show it.
struct KeyName {
  std::string name;
  std::string section;  ///< `[noise]`, `[[task]]`; "" for top-level keys
  std::string path;     ///< "noise.sigma", "task.0.l2"; "" for an axis of [sweep.grid]
};

/// Converts a written value to the type of `spec`'s default and checks its range or choices. An integer is accepted
/// where a number is expected. A relative path is resolved against the folder of the file that contains it, or, on the
/// command line, against the working directory. Errors are added to `problems` with the location of the value or of the
/// list's element. Returns nothing after an error. Plain values only: see checked_setting().
std::optional<Value> checked(const TomlNode& node, const ParamSpec& spec, const KeyName& key, Problems& problems);

}  // namespace hourglass::experiment

// Puts an experiment together from its file, the files it includes, and the overrides of the command line.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "experiment/document.hpp"
#include "experiment/problems.hpp"
#include "experiment/schema.hpp"

namespace hourglass::experiment {

/// What was written, composed.
struct Composition {
  TomlNode root;
  std::string question;  ///< the main file's first comment
};

/// Reads and composes. Problems that leave nothing to check, such as a file that is not TOML, are thrown at once.
Composition compose(const std::filesystem::path& file, const std::vector<std::string>& overrides, const Schema& schema,
                    Problems& problems);

/// Sets the value at a dotted path, in which repeated tables are counted from 0: `task.0.l2`. Tables that are missing
/// are made. What stands in the way is reported to `problems`.
void set_value(TomlNode& root, const std::string& path, TomlNode value, const Schema& schema, Problems& problems);

}  // namespace hourglass::experiment

// Where a value of an experiment comes from: a file, the command line, a sweep, or its default.
#pragma once

#include <string>

namespace hourglass::experiment {

struct Origin {
  enum class Kind { default_value, file, override, sweep };
  Kind kind = Kind::default_value;
  /// The file's path as the user wrote it: of the axis for a sweep, of the experiment for a default. For an override,
  /// the text of the override.
  std::string file;
  int line = 0, column = 0;  ///< counted from 1; 0 for an override
};
/// Returns `default`, `quickstart.toml:12:9`, `command line` or `sweep`.
std::string to_string(const Origin& origin);
/// Returns the location that a message starts with: `a.toml:3:9` (of the axis for a sweep), or
/// `command line: noise.sigma=2`.
std::string place_text(const Origin& origin);

}  // namespace hourglass::experiment

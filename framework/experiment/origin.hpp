// Where a value of an experiment was written: in a file, on the command line, by a sweep, or nowhere.
#pragma once

#include <string>

namespace hourglass::experiment {

/// Where a value was written.
struct Origin {
  enum class Kind { default_value, file, override, sweep };
  Kind kind = Kind::default_value;
  std::string file;  ///< as the user gave it; for an override its whole text, for a sweep the file of the axis, for a
                     ///< default the experiment file
  int line = 0, column = 0;
};
/// Writes `default`, `quickstart.toml:12:9`, `command line` or `sweep`.
std::string to_string(const Origin& origin);
/// Writes the place that a message starts with: `a.toml:3:9`, that of the axis for a sweep, or
/// `command line: noise.sigma=2`.
std::string place_text(const Origin& origin);

}  // namespace hourglass::experiment

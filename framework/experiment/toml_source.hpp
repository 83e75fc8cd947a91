// Parses TOML text into a document. No other file of this room uses the TOML parser.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "experiment/document.hpp"
#include "experiment/problems.hpp"

namespace hourglass::experiment {

/// The most dots in a key: toml++ recurses once for each part and overflows the stack on very long keys.
inline constexpr int kMostDots = 200;

/// Parses the text of a file; `file` is its name in messages. Syntax errors are reported to `problems`. After an error
/// whose correction is unambiguous (a word without quotes, a key defined twice) the text is repaired in memory and
/// parsing continues; after any other error nothing is returned.
std::optional<TomlNode> read_toml(std::string_view text, const std::string& file, Problems& problems);

/// Parses the value of an override as TOML; text that is not TOML becomes a string. Curly quotes are reported to
/// `problems`, if it is given, and the value is read as if they were straight.
TomlNode read_toml_value(std::string_view text, const Origin& origin, Problems* problems = nullptr);

}  // namespace hourglass::experiment

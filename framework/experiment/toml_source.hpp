// Reads TOML text into a document. The only place that knows the TOML parser.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "experiment/document.hpp"
#include "experiment/problems.hpp"

namespace hourglass::experiment {

/// Reads a file's text; `file` is its name in messages. Text that is not TOML is reported to `problems`: slips that
/// leave no doubt about what was meant (a word without quotes, a key written twice) are mended so that the rest can be
/// checked, anything else returns nothing.
std::optional<TomlNode> read_toml(std::string_view text, const std::string& file, Problems& problems);

/// Reads the value of an override as TOML, and as the string itself when it is none.
TomlNode read_toml_value(std::string_view text, const Origin& origin);

}  // namespace hourglass::experiment

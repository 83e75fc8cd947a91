// Makes text of unknown origin safe to print on a terminal.
#pragma once

#include <string>
#include <string_view>

namespace hourglass::base {

/// Replaces control characters, which a terminal could obey, by escapes such as `\x1b` and `\u009b`. Keeps line feeds,
/// tabs and everything else, also bytes that are not UTF-8.
std::string printable(std::string_view text);

}  // namespace hourglass::base

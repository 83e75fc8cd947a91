// Breaks prose into lines.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hourglass::base {

/// Breaks `text` at blanks into lines of at most `width` characters, each of which begins with `prefix`. A line break
/// in `text` counts as a blank; an empty line ends a paragraph. A word that is longer than a line is kept whole.
std::string wrapped(std::string_view text, std::size_t width, std::string_view prefix = "");

}  // namespace hourglass::base

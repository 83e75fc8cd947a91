// Formats and parses numbers in result files, without loss of digits.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hourglass::results {

/// Returns the shortest text that reads back as the same number; `inf`, `-inf` or `nan` for other values.
std::string number_text(double value);

/// Parses a text as a number, including `inf`, `-inf` and `nan`; returns nothing if any of the text is something else.
std::optional<double> number_of(std::string_view text);

}  // namespace hourglass::results

// Numbers as they stand in files of results: every digit, and words for what JSON cannot hold.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hourglass::results {

/// Writes the shortest text that reads back as the same number; `inf`, `-inf`, `nan` for the rest.
std::string number_text(double value);

/// Reads a whole text as a number, `inf`, `-inf` and `nan` included; nothing when it is something else.
std::optional<double> number_of(std::string_view text);

}  // namespace hourglass::results

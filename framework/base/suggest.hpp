// "did you mean": the known name nearest to a mistyped one.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace hourglass::base {

/// Returns the only candidate with these initials (`lr` for learning_rate), else the one with the smallest edit
/// distance (Damerau-Levenshtein) if it is close enough, else the only one that starts so, else "".
std::string nearest(std::string_view word, std::span<const std::string> candidates);

/// Returns "; did you mean 'x'?" or "".
std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

}  // namespace hourglass::base

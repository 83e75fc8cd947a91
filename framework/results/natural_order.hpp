// Orders texts as people do: numbers in them by their values.
#pragma once

#include <string_view>

namespace hourglass::results {

/// Compares texts like std::string::compare, except that unsigned decimal numbers in them are compared by value:
/// "net_9" precedes "net_10", and "sigma=0.25" precedes "sigma=0.5". Texts that differ only in how numbers are written,
/// such as "1" and "1.0", are ordered by their characters.
int natural_compare(std::string_view a, std::string_view b);

inline bool natural_less(std::string_view a, std::string_view b) { return natural_compare(a, b) < 0; }

}  // namespace hourglass::results

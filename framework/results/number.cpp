// Formats and parses numbers in result files.
#include "results/number.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace hourglass::results {

std::string number_text(double value) {
  if (std::isnan(value)) return "nan";  // without the sign that a NaN may carry
  return fmt::format("{}", value);
}

std::optional<double> number_of(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace hourglass::results

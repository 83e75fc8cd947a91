// Compares texts from left to right: a number in both is one symbol.
#include "results/natural_order.hpp"

#include <cctype>
#include <charconv>

namespace hourglass::results {
namespace {

bool starts_with_digit(std::string_view text) {
  return !text.empty() && std::isdigit(static_cast<unsigned char>(text.front())) != 0;
}

/// Removes the number at the front of a text and returns it.
double take_number(std::string_view& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

}  // namespace

int natural_compare(std::string_view a, std::string_view b) {
  auto x = a, y = b;
  while (!x.empty() && !y.empty()) {
    if (starts_with_digit(x) && starts_with_digit(y)) {
      const double p = take_number(x), q = take_number(y);
      if (p != q) return p < q ? -1 : 1;
      continue;
    }
    if (x.front() != y.front()) break;
    x.remove_prefix(1);
    y.remove_prefix(1);
  }
  const int rest = x.compare(y);
  return rest != 0 ? rest : a.compare(b);
}

}  // namespace hourglass::results

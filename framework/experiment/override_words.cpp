#include "experiment/override_words.hpp"

#include <algorithm>

namespace hourglass::experiment {

std::size_t words_of_override(const std::vector<std::string>& overrides, std::size_t first) {
  const auto has = [&](std::size_t i) { return i < overrides.size(); };
  const std::string& word = overrides[first];
  if (word.empty() || word.front() == '=' || !has(first + 1)) return 1;
  const std::string& next = overrides[first + 1];
  if (word.find('=') == std::string::npos) {
    if (next == "=") return has(first + 2) ? 3 : 2;
    return next.starts_with("=") ? 2 : 1;
  }
  return word.find('=') + 1 == word.size() && next.find('=') == std::string::npos ? 2 : 1;
}

std::string without_spaces(const std::string& override) {
  const auto equals = override.find('=');
  if (equals == std::string::npos || equals == 0 || override[equals - 1] != ' ') return override;
  const auto end = override.substr(0, equals).find_last_not_of(' ') + 1;
  const auto begin = std::min(override.find_first_not_of(' ', equals + 1), override.size());
  return override.substr(0, end) + "=" + override.substr(begin);
}

}  // namespace hourglass::experiment

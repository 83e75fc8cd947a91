#include "base/wrap.hpp"

#include <algorithm>

namespace hourglass::base {
namespace {

/// Counts the characters of UTF-8 text.
std::size_t length(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

std::string wrapped(std::string_view text, std::size_t width, std::string_view prefix) {
  std::string lines(prefix);
  std::size_t column = length(prefix);
  bool line_begins = true;
  const auto break_line = [&] {
    lines.append("\n").append(prefix);
    column = length(prefix);
    line_begins = true;
  };
  while (!text.empty()) {
    const auto begin = std::min(text.find_first_not_of(" \n"), text.size());
    if (std::ranges::count(text.substr(0, begin), '\n') > 1 && begin < text.size()) {
      break_line();
      break_line();
    }
    text.remove_prefix(begin);
    const auto word = text.substr(0, text.find_first_of(" \n"));
    if (word.empty()) break;
    if (!line_begins && column + 1 + length(word) > width) break_line();
    lines.append(line_begins ? "" : " ").append(word);
    column += length(word) + (line_begins ? 0 : 1);
    line_begins = false;
    text.remove_prefix(word.size());
  }
  return lines;
}

}  // namespace hourglass::base

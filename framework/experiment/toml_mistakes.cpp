#include "experiment/toml_mistakes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "host/value_text.hpp"

namespace hourglass::experiment {
namespace {

/// Returns the offsets at which line `line`, counted from 1, begins and ends.
std::pair<std::size_t, std::size_t> line_bounds(std::string_view text, int line) {
  std::size_t begin = 0;
  for (int i = 1; i < line; ++i) begin = std::min(text.find('\n', begin), text.size() - 1) + 1;
  return {begin, std::min(text.find('\n', begin), text.size())};
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r");
  return begin == std::string_view::npos ? "" : text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

/// Returns the line above `line`, in the same table, that sets `key`; 0 if there is none.
int line_of_first(std::string_view text, int line, const std::string& key) {
  for (int above = line - 1; above >= 1; --above) {
    const auto [begin, end] = line_bounds(text, above);
    const auto content = trimmed(text.substr(begin, end - begin));
    if (content.starts_with("[")) return 0;
    if (content.starts_with(key) && trimmed(content.substr(key.size())).starts_with("=")) return above;
  }
  return 0;
}

/// Rewords the parser's description: "Error while parsing X: Y" -> "this is not TOML: Y (in an X)".
std::string reworded(std::string_view description) {
  constexpr std::string_view kLead = "Error while parsing ";
  std::string text = "this is not TOML: ";
  if (!description.starts_with(kLead)) return text.append(description);
  description.remove_prefix(kLead.size());
  const auto colon = description.find(": ");
  if (colon == std::string_view::npos) return text.append(description);
  const bool vowel = std::string_view("aeiou").find(description.front()) != std::string_view::npos;
  text.append(description.substr(colon + 2))
      .append(vowel ? " (in an " : " (in a ")
      .append(description.substr(0, colon))
      .append(")");
  if (description.find("expected '='") != std::string_view::npos) {
    text += "; write key = value, or the name of a table in brackets";
  }
  return text;
}

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == '.' || c == '/';
}

/// Diagnoses `None` in place of a value, at the offset `first`.
Mistake no_value(std::string_view text, std::size_t first, const std::string& word) {
  Mistake mistake{"there is no value " + word + "; remove the key to use its default", {}, first};
  const auto begin = text.substr(0, first).rfind('\n') + 1;  // 0 in the first line
  const auto line = text.substr(begin, first - begin);
  if (line.find_first_of("[{,") != std::string_view::npos || line.find('=') == std::string_view::npos) return mistake;
  mistake.repaired = std::string(text);
  mistake.repaired->replace(begin, first + word.size() - begin, first + word.size() - begin, ' ');
  return mistake;
}

/// Diagnoses a bare word in place of a value: a string without quotes, or `True`. `at` is inside the word or at its
/// end.
std::optional<Mistake> bare_word(std::string_view text, std::size_t at) {
  std::size_t first = std::min(at, text.size()), last = first;
  while (first > 0 && is_word_character(text[first - 1])) --first;
  while (last < text.size() && is_word_character(text[last])) ++last;
  std::string word(text.substr(first, last - first));
  const auto before = text.substr(0, first).find_last_not_of(" \t");
  const bool letter = !word.empty() && ((word[0] >= 'a' && word[0] <= 'z') || (word[0] >= 'A' && word[0] <= 'Z'));
  if (!letter || before == std::string_view::npos ||
      (text[before] != '=' && text[before] != '[' && text[before] != ',')) {
    return std::nullopt;
  }
  std::string lower = word;
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  constexpr std::string_view kNothing[] = {"None", "NONE", "null", "Null", "NULL", "nil"};  // `none` may be a name
  if (std::ranges::find(kNothing, word) != std::end(kNothing)) return no_value(text, first, word);
  const bool is_true = lower == "true" || lower == "yes" || lower == "on";
  const bool is_boolean = is_true || lower == "false" || lower == "no" || lower == "off";
  const std::string right = is_boolean ? (is_true ? "true" : "false") : "\"" + word + "\"";
  std::string repaired(text);
  repaired.replace(first, word.size(), right);
  const std::string rule = !is_boolean      ? "strings are written in quotes"
                           : lower == right ? "true and false are written in lower case"
                                            : "booleans are written true and false";
  Mistake mistake{rule + ", but got " + host::shortened(word) + "; write " + host::shortened(right),
                  std::move(repaired), first};
  if (!is_boolean) mistake.inserted = {0, word.size() + 1};
  for (std::size_t i = word.size(); is_boolean && i < right.size(); ++i) mistake.inserted.push_back(i);
  return mistake;
}

/// Diagnoses `0,3`; `at` is the comma.
std::optional<Mistake> decimal_comma(std::string_view text, std::size_t at) {
  const auto is_digit = [&](std::size_t i) { return i < text.size() && text[i] >= '0' && text[i] <= '9'; };
  if (at == 0 || at >= text.size() || text[at] != ',' || !is_digit(at - 1) || !is_digit(at + 1)) return std::nullopt;
  std::size_t first = at, last = at + 1;
  while (first > 0 && (is_digit(first - 1) || text[first - 1] == '-')) --first;
  while (is_digit(last)) ++last;
  std::string repaired(text);
  repaired[at] = '.';
  return Mistake{"numbers are written with a decimal point, but got " + std::string(text.substr(first, last - first)) +
                     "; write " + repaired.substr(first, last - first),
                 std::move(repaired), first};
}

/// Diagnoses `03`, `.1`, `1.` and `1e-3.`; the parser stopped in the number or at its end.
std::optional<Mistake> incomplete_number(std::string_view text, std::size_t at) {
  std::size_t first = std::min(at, text.size()), last = first;
  const auto in_number = [](char c) { return is_word_character(c) || c == '+'; };
  while (first > 0 && in_number(text[first - 1])) --first;
  while (last < text.size() && in_number(text[last])) ++last;
  if (first < last && (text[first] == '-' || text[first] == '+')) ++first;
  const auto word = text.substr(first, last - first);
  const auto value = number_in(word);
  const auto point = word.find('.');
  const bool broken_point = point != std::string_view::npos &&
                            (point == 0 || point + 1 == word.size() || word[point + 1] < '0' || word[point + 1] > '9');
  const bool zeros = word.size() > 1 && word[0] == '0' && word[1] >= '0' && word[1] <= '9';
  if (!value || (!broken_point && !zeros)) return std::nullopt;
  const bool whole = word.find_first_not_of("0123456789") == std::string_view::npos;
  const auto right = whole ? fmt::format("{:.0f}", *value) : host::to_toml(*value);
  Mistake mistake{fmt::format("{}, but got {}; write {}",
                              word.front() == '.'  ? "a number has a digit before its decimal point"
                              : word.back() == '.' ? "a number has a digit after its decimal point"
                              : zeros              ? "a number has no leading zeros"
                                                   : "a decimal point stands between digits",
                              word, right),
                  std::string(text), first};
  for (std::size_t i = word.size(); i < right.size(); ++i) mistake.inserted.push_back(word.front() == '.' ? 0 : i);
  // Columns stay where they are.
  mistake.repaired->replace(first, word.size(), fmt::format("{:<{}}", right, word.size()));
  return mistake;
}

constexpr std::string_view kCurly[] = {"\u201c", "\u201d", "\u2018", "\u2019", "\u201e", "\u201a"};

/// Diagnoses an integer beyond 64 bits; the parser stopped at its end.
std::optional<Mistake> large_integer(std::string_view text, std::size_t at, std::string_view description) {
  if (description.find("not representable in 64 bits") == std::string_view::npos) return std::nullopt;
  std::size_t first = std::min(at, text.size()), last = first;
  while (first > 0 && (is_word_character(text[first - 1]) || text[first - 1] == '+')) --first;
  while (last < text.size() && is_word_character(text[last])) ++last;
  using Limits = std::numeric_limits<std::int64_t>;
  return Mistake{fmt::format("integers lie between {} and {}, but got {}; write a smaller one", Limits::min(),
                             Limits::max(), text.substr(first, last - first)),
                 {},
                 first};
}

/// Diagnoses a bracket that is not closed where the parser stopped.
std::optional<Mistake> open_bracket(std::string_view text, int line, std::string_view description) {
  const auto says = [&](std::string_view part) { return description.find(part) != std::string_view::npos; };
  const bool ends = says("end-of-file");
  if (says("expected ']'") || (ends && says("parsing table header"))) {
    const auto [begin, end] = line_bounds(text, line);
    const auto content = trimmed(text.substr(begin, end - begin));
    const auto name = trimmed(content.substr(std::min(content.find_first_not_of('['), content.size())));
    const bool twice = content.starts_with("[[");
    return Mistake{fmt::format("the name of a table is not closed; write {}{}{}", twice ? "[[" : "[",
                               name.substr(0, name.find_first_of(" \t#]")), twice ? "]]" : "]"),
                   {}};
  }
  if (says("expected comma or closing ']'") || (ends && says("parsing array"))) {
    return Mistake{"a list is not closed; separate its elements by commas and end it with ]", {}};
  }
  if (says("parsing inline table")) {
    return Mistake{"a table in braces is not closed; separate its keys by commas and end it with } on the same line",
                   {}};
  }
  return std::nullopt;
}

Mistake defined_twice(std::string_view text, int line, const std::string& key) {
  const int first = line_of_first(text, line, key);
  if (first == 0) return {"'" + key + "' is defined twice; remove or rename one of them", {}};
  const auto [begin, end] = line_bounds(text, line);
  const auto content = text.substr(begin, end - begin);
  const bool whole = std::ranges::count(content, '[') == std::ranges::count(content, ']') &&
                     content.find("\"\"\"") == std::string_view::npos && content.find("'''") == std::string_view::npos;
  std::string repaired(text);
  std::fill(repaired.begin() + static_cast<std::ptrdiff_t>(begin), repaired.begin() + static_cast<std::ptrdiff_t>(end),
            ' ');
  return {"'" + key + "' is defined twice: it already has a value on line " + std::to_string(first) +
              "; remove one of them",
          whole ? std::optional(std::move(repaired)) : std::nullopt};
}

}  // namespace

std::optional<double> number_in(std::string_view text) {
  if (text.starts_with("+")) text.remove_prefix(1);
  if (text.ends_with(".")) text.remove_suffix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc{} && end == text.data() + text.size() && !text.empty();
  return whole && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::size_t offset_of(std::string_view text, int line, int column) {
  auto [at, end] = line_bounds(text, line);
  for (int i = 1; i < column && at < end; ++i) {
    ++at;
    while (at < end && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
  }
  return at;
}

int column_of(std::string_view text, int line, std::size_t at) {
  int column = 1;
  for (std::size_t i = line_bounds(text, line).first; i < std::min(at, text.size()); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) ++column;
  }
  return column;
}

std::string_view curly_quote(std::string_view text) {
  const auto found = std::ranges::find_if(kCurly, [&](std::string_view quote) { return text.starts_with(quote); });
  return found == std::end(kCurly) ? "" : *found;
}

std::optional<Mistake> curly_quotes(std::string_view text, std::size_t at) {
  const std::string_view first = at < text.size() ? curly_quote(text.substr(at)) : "";
  if (first.empty()) return std::nullopt;
  std::size_t last = at + first.size();
  while (last < text.size() && text[last] != '\n' && text[last] != '"' && curly_quote(text.substr(last)).empty())
    ++last;
  const auto closing = last < text.size() ? curly_quote(text.substr(last)) : "";
  const bool straight = last < text.size() && text[last] == '"';
  const std::string right = "\"" + std::string(text.substr(at + first.size(), last - at - first.size())) + "\"";
  Mistake mistake{"strings are written in straight quotes, but got " + std::string(first) + "; write " + right, {}, at};
  if (closing.empty() && !straight) return mistake;
  mistake.repaired = std::string(text);
  mistake.repaired->replace(at, last + (straight ? 1 : closing.size()) - at, right);
  return mistake;
}

Mistake diagnose(std::string_view text, int line, int column, std::string_view description) {
  const auto says = [&](std::string_view part) { return description.find(part) != std::string_view::npos; };
  const std::size_t at = offset_of(text, line, column);
  const bool line_ends = at >= text.size() || text[at] == '\n' || text[at] == '\r';
  if ((says("expected value") || (says("end-of-file") && says("key-value pair"))) && line_ends) {
    const auto [begin, end] = line_bounds(text, line);
    const bool equals = text.substr(begin, end - begin).find('=') != std::string_view::npos;
    return {equals ? "a key has no value; write a value after the = or remove the key"
                   : "a key has no value; write key = value or remove the key",
            {}};
  }
  if (says("parsing string") && line_ends) {
    return {"a string is not closed on its line; add the closing quotation mark", {}};
  }
  if (auto mistake = curly_quotes(text, at)) return std::move(*mistake);
  if (auto mistake = large_integer(text, at, description)) return std::move(*mistake);
  if (auto mistake = says("cannot redefine") || says("table header") ? std::nullopt : bare_word(text, at))
    return std::move(*mistake);
  if (auto mistake = decimal_comma(text, at)) return std::move(*mistake);
  if (auto mistake = incomplete_number(text, at)) return std::move(*mistake);
  if (auto mistake = open_bracket(text, line, description)) return std::move(*mistake);
  const auto quote = description.find('\'');
  if (quote != std::string_view::npos && says("cannot redefine existing")) {
    const std::string key(description.substr(quote + 1, description.find('\'', quote + 1) - quote - 1));
    const auto [begin, end] = line_bounds(text, line);
    if (!trimmed(text.substr(begin, end - begin)).starts_with("[")) return defined_twice(text, line, key);
    if (!says(" as ")) {
      return {"[" + key + "] is defined twice; put all its keys under one [" + key + "]", {}};
    }
    if (says("as array-of-tables")) {
      return {fmt::format("'{0}' is already a table [{0}]; put its keys there or, for a list of tables, write [[{0}]] "
                          "each time",
                          key),
              {}};
    }
  }
  return {reworded(description), {}};
}

}  // namespace hourglass::experiment

#include "experiment/toml_source.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <limits>
#include <map>
#include <sstream>

namespace hourglass::experiment {
namespace {

/// Remembers where quotes were inserted, in order to report locations in the original text.
class Insertions {
 public:
  void add(int line, int column) { columns_[line].push_back(column); }
  /// Converts a column of the repaired text to the column of the original text.
  int written_column(int line, int column) const {
    const auto found = columns_.find(line);
    if (found == columns_.end()) return column;
    return column -
           static_cast<int>(std::ranges::count_if(found->second, [&](int inserted) { return inserted < column; }));
  }

 private:
  std::map<int, std::vector<int>> columns_;
};

/// Converts the parser's nodes to TomlNodes. If `fixed` is not null, every node gets that origin.
class Converter {
 public:
  Converter(const std::string& file, const Origin* fixed, const Insertions& insertions)
      : file_(file), fixed_(fixed), insertions_(insertions) {}

  TomlNode convert(const toml::node& node) const {
    const Origin origin = origin_of(node.source());
    switch (node.type()) {
      case toml::node_type::table: return {table(*node.as_table()), origin};
      case toml::node_type::array: return {list(*node.as_array()), origin};
      case toml::node_type::string: return {node.as_string()->get(), origin};
      case toml::node_type::integer: return {node.as_integer()->get(), origin};
      case toml::node_type::floating_point: return {node.as_floating_point()->get(), origin};
      case toml::node_type::boolean: return {node.as_boolean()->get(), origin};
      case toml::node_type::date: return {moment(node.as_date()->get()), origin};
      case toml::node_type::time: return {moment(node.as_time()->get()), origin};
      default: return {moment(node.as_date_time()->get()), origin};
    }
  }

 private:
  template <class T>
  static Moment moment(const T& value) {
    std::ostringstream text;
    text << value;
    return {text.str()};
  }

  TomlTable table(const toml::table& source) const {
    TomlTable entries;
    for (const auto& [key, node] : source) {
      entries.push_back({std::string(key.str()), origin_of(key.source()), convert(node)});
    }
    // The parser sorts by name; sorting by location restores the file's order.
    std::ranges::stable_sort(entries, {},
                             [](const TomlEntry& entry) { return std::pair(entry.origin.line, entry.origin.column); });
    return entries;
  }

  TomlList list(const toml::array& source) const {
    TomlList items;
    for (const auto& node : source) items.push_back(convert(node));
    return items;
  }

  Origin origin_of(const toml::source_region& region) const {
    if (fixed_) return *fixed_;
    const int line = static_cast<int>(region.begin.line);
    return {Origin::Kind::file, file_, line, insertions_.written_column(line, static_cast<int>(region.begin.column))};
  }

  const std::string& file_;
  const Origin* fixed_;
  const Insertions& insertions_;
};

/// Returns the offsets at which line `line`, counted from 1, begins and ends.
std::pair<std::size_t, std::size_t> line_bounds(std::string_view text, int line) {
  std::size_t begin = 0;
  for (int i = 1; i < line; ++i) begin = std::min(text.find('\n', begin), text.size() - 1) + 1;
  return {begin, std::min(text.find('\n', begin), text.size())};
}

/// Returns the offset of a column, which counts characters from 1; bytes that are not UTF-8 count as one each.
std::size_t offset_of(std::string_view text, int line, int column) {
  auto [at, end] = line_bounds(text, line);
  for (int i = 1; i < column && at < end; ++i) {
    ++at;
    while (at < end && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
  }
  return at;
}

/// The inverse of offset_of().
int column_of(std::string_view text, int line, std::size_t at) {
  int column = 1;
  for (std::size_t i = line_bounds(text, line).first; i < std::min(at, text.size()); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) ++column;
  }
  return column;
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

/// One syntax error: its message and, if the correction is unambiguous, the repaired text.
struct Mistake {
  std::string sentence;
  std::optional<std::string> repaired;
  std::optional<std::size_t> at = {};  ///< where the mistake begins, if the parser stopped elsewhere
  std::size_t quoted = 0;              ///< length of the word that was put in quotes; 0: none
};

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == '.' || c == '/';
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
  const bool is_boolean = lower == "true" || lower == "false";
  const std::string right = is_boolean ? lower : "\"" + word + "\"";
  std::string repaired(text);
  repaired.replace(first, word.size(), right);
  const std::string rule = is_boolean ? "true and false are written in lower case" : "strings are written in quotes";
  return Mistake{rule + ", but got " + word + "; write " + right, std::move(repaired), first,
                 is_boolean ? 0 : word.size()};
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

constexpr std::string_view kCurly[] = {"\u201c", "\u201d", "\u2018", "\u2019", "\u201e", "\u201a"};

/// Returns the curly quote with which `text` starts; "" if it starts with another character.
std::string_view curly_quote(std::string_view text) {
  const auto found = std::ranges::find_if(kCurly, [&](std::string_view quote) { return text.starts_with(quote); });
  return found == std::end(kCurly) ? "" : *found;
}

/// Diagnoses a string in curly quotes, as word processors write them; `at` is the first of them.
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

Mistake diagnose(std::string_view text, const toml::parse_error& error) {
  const std::string_view description = error.description();
  const auto says = [&](std::string_view part) { return description.find(part) != std::string_view::npos; };
  const int line = static_cast<int>(error.source().begin.line);
  const std::size_t at = offset_of(text, line, static_cast<int>(error.source().begin.column));
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
  if (auto mistake = open_bracket(text, line, description)) return std::move(*mistake);
  const auto quote = description.find('\'');
  if (quote != std::string_view::npos && says("cannot redefine existing")) {
    const std::string key(description.substr(quote + 1, description.find('\'', quote + 1) - quote - 1));
    const auto [begin, end] = line_bounds(text, line);
    if (!trimmed(text.substr(begin, end - begin)).starts_with("[")) return defined_twice(text, line, key);
    if (!says(" as ")) {
      return {"[" + key + "] is defined twice; put all its keys under one [" + key + "]", {}};
    }
  }
  return {reworded(description), {}};
}

/// Returns the first line with a key of more than kMostDots parts; 0 if there is none.
int deep_key_line(std::string_view text) {
  int line = 1, dots = 0;
  bool quoted = false;
  for (const char c : text) {
    if (c == '\n') ++line;
    if (c == '"') quoted = !quoted;
    if (c == '\n' || c == '=' || c == ',') {
      dots = 0;
      quoted = quoted && c != '\n';
    }
    if (c == '.' && !quoted && ++dots > kMostDots) return line;
  }
  return 0;
}

}  // namespace

std::optional<TomlNode> read_toml(std::string_view text, const std::string& file, Problems& problems) {
  if (const int line = deep_key_line(text); line > 0) {
    problems.add({Origin::Kind::file, file, line, 1}, "",
                 fmt::format("a dotted key has more than {} parts; an experiment file needs at most 4", kMostDots));
    return std::nullopt;
  }
  std::string repaired(text);
  Insertions insertions;
  // Each round repairs one mistake. Nobody reads more than a hundred messages.
  for (int round = 0; round < 100; ++round) {
    try {
      return Converter(file, nullptr, insertions)
          .convert(toml::parse(std::string_view(repaired), std::string_view(file)));
    } catch (const toml::parse_error& error) {
      auto mistake = diagnose(repaired, error);
      const int line = static_cast<int>(error.source().begin.line);
      int column = static_cast<int>(error.source().begin.column);
      if (mistake.at) column = column_of(repaired, line, *mistake.at);
      problems.add({Origin::Kind::file, file, line, insertions.written_column(line, column)}, "", mistake.sentence);
      if (!mistake.repaired) return std::nullopt;
      if (mistake.quoted > 0) {
        insertions.add(line, column);
        insertions.add(line, column + static_cast<int>(mistake.quoted) + 1);
      }
      repaired = std::move(*mistake.repaired);
    }
  }
  return std::nullopt;
}

TomlNode read_toml_value(std::string_view text, const Origin& origin, Problems* problems) {
  if (deep_key_line(text) > 0) return {std::string(text), origin};
  constexpr std::string_view kKey = "value = ";
  const auto line = std::string(kKey).append(text);
  try {
    const auto table = toml::parse(line);
    if (table.size() == 1) return Converter("", &origin, {}).convert(*table.get("value"));
  } catch (const toml::parse_error& error) {  // a string without quotes, unless it is in curly ones
    const auto& stop = error.source().begin;
    const auto at = offset_of(line, static_cast<int>(stop.line), static_cast<int>(stop.column));
    if (const auto mistake = problems ? curly_quotes(line, at) : std::nullopt) {
      problems->add(origin, "", mistake->sentence);
      auto rest = line;
      rest.erase(at, curly_quote(std::string_view(line).substr(at)).size());
      return read_toml_value(mistake->repaired.value_or(rest).substr(kKey.size()), origin, problems);
    }
  }
  return {std::string(text), origin};
}

}  // namespace hourglass::experiment

#include "host/toml_source.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <map>
#include <sstream>

namespace hourglass::host {
namespace {

/// Turns the parser's nodes into ours. With `fixed`, every node has that origin.
class Converter {
 public:
  Converter(const std::string& file, const Origin* fixed) : file_(file), fixed_(fixed) {}

  Node convert(const toml::node& node) const {
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

  NodeTable table(const toml::table& source) const {
    NodeTable entries;
    for (const auto& [key, node] : source) {
      entries.push_back({std::string(key.str()), origin_of(key.source()), convert(node)});
    }
    // The parser sorts by name; places restore the order of the file.
    std::ranges::stable_sort(entries, {},
                             [](const Entry& entry) { return std::pair(entry.origin.line, entry.origin.column); });
    return entries;
  }

  NodeList list(const toml::array& source) const {
    NodeList items;
    for (const auto& node : source) items.push_back(convert(node));
    return items;
  }

  Origin origin_of(const toml::source_region& region) const {
    if (fixed_) return *fixed_;
    return {Origin::Kind::file, file_, static_cast<int>(region.begin.line), static_cast<int>(region.begin.column)};
  }

  const std::string& file_;
  const Origin* fixed_;
};

/// Returns where line `line` (from 1) starts and ends in `text`.
std::pair<std::size_t, std::size_t> line_bounds(std::string_view text, int line) {
  std::size_t begin = 0;
  for (int i = 1; i < line; ++i) begin = std::min(text.find('\n', begin), text.size() - 1) + 1;
  return {begin, std::min(text.find('\n', begin), text.size())};
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r");
  return begin == std::string_view::npos ? "" : text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

/// Finds the line above `line`, in the same table, that gives `key` a value; 0 when there is none.
int line_of_first(std::string_view text, int line, const std::string& key) {
  for (int above = line - 1; above >= 1; --above) {
    const auto [begin, end] = line_bounds(text, above);
    const auto content = trimmed(text.substr(begin, end - begin));
    if (content.starts_with("[")) return 0;
    if (content.starts_with(key) && trimmed(content.substr(key.size())).starts_with("=")) return above;
  }
  return 0;
}

/// Rewords the parser's description: "Error while parsing X: Y" -> "Y (in X)".
std::string reworded(std::string_view description) {
  constexpr std::string_view kLead = "Error while parsing ";
  if (!description.starts_with(kLead)) return "this is not TOML: " + std::string(description);
  description.remove_prefix(kLead.size());
  const auto colon = description.find(": ");
  if (colon == std::string_view::npos) return "this is not TOML: " + std::string(description);
  return "this is not TOML: " + std::string(description.substr(colon + 2)) + " (in a " +
         std::string(description.substr(0, colon)) + ")";
}

/// One syntax error: what to say, and the text with the slip mended where there is no doubt.
struct Slip {
  std::string sentence;
  std::optional<std::string> mended;
};

Slip unquoted_word(std::string_view text, int line, int column, std::string_view description) {
  const auto [begin, end] = line_bounds(text, line);
  const std::size_t first = begin + static_cast<std::size_t>(column) - 1;
  const auto last = first < end ? std::min(text.find_first_of(",]}# \t\r\n=", first), text.size()) : first;
  const std::string word(text.substr(first, last - first));
  if (word.empty() || word.find_first_of("\"'[{\\") != std::string::npos) return {reworded(description), {}};
  std::string mended(text);
  mended.replace(first, word.size(), "\"" + word + "\"");
  return {"a string needs quotes: got " + word + "; write \"" + word + "\"", std::move(mended)};
}

Slip written_twice(std::string_view text, int line, const std::string& key) {
  const int first = line_of_first(text, line, key);
  if (first == 0) return {"'" + key + "' is written twice: remove or rename one of them", {}};
  const auto [begin, end] = line_bounds(text, line);
  const auto content = text.substr(begin, end - begin);
  const bool whole = std::ranges::count(content, '[') == std::ranges::count(content, ']') &&
                     content.find("\"\"\"") == std::string_view::npos && content.find("'''") == std::string_view::npos;
  std::string mended(text);
  std::fill(mended.begin() + static_cast<std::ptrdiff_t>(begin), mended.begin() + static_cast<std::ptrdiff_t>(end),
            ' ');
  return {"'" + key + "' is written twice: it has a value in line " + std::to_string(first) + "; remove one of them",
          whole ? std::optional(std::move(mended)) : std::nullopt};
}

Slip diagnose(std::string_view text, const toml::parse_error& error) {
  const std::string_view description = error.description();
  const int line = static_cast<int>(error.source().begin.line), column = static_cast<int>(error.source().begin.column);
  if (description.find("could not determine value type") != std::string_view::npos) {
    return unquoted_word(text, line, column, description);
  }
  const auto quote = description.find('\'');
  if (quote != std::string_view::npos && description.find("cannot redefine existing") != std::string_view::npos) {
    const std::string key(description.substr(quote + 1, description.find('\'', quote + 1) - quote - 1));
    const auto [begin, end] = line_bounds(text, line);
    if (!trimmed(text.substr(begin, end - begin)).starts_with("[")) return written_twice(text, line, key);
    if (description.find(" as ") == std::string_view::npos) {
      return {"[" + key + "] is written twice: put its keys together under one [" + key + "]", {}};
    }
  }
  return {reworded(description), {}};
}

}  // namespace

std::optional<Node> read_toml(std::string_view text, const std::string& file, Problems& problems) {
  std::string mended(text);
  // Each round mends one slip; a text has no more slips than characters, but nobody reads hundreds of messages.
  for (int round = 0; round < 100; ++round) {
    try {
      return Converter(file, nullptr).convert(toml::parse(std::string_view(mended), std::string_view(file)));
    } catch (const toml::parse_error& error) {
      auto slip = diagnose(mended, error);
      problems.add({Origin::Kind::file, file, static_cast<int>(error.source().begin.line),
                    static_cast<int>(error.source().begin.column)},
                   "", slip.sentence);
      if (!slip.mended) return std::nullopt;
      mended = std::move(*slip.mended);
    }
  }
  return std::nullopt;
}

Node read_toml_value(std::string_view text, const Origin& origin) {
  try {
    const auto table = toml::parse("value = " + std::string(text));
    if (table.size() == 1) return Converter("", &origin).convert(*table.get("value"));
  } catch (const toml::parse_error&) {  // then it is a bare string
  }
  return {std::string(text), origin};
}

}  // namespace hourglass::host

#include "experiment/toml_source.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "experiment/toml_mistakes.hpp"
#include "experiment/value_advice.hpp"

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
      const int line = static_cast<int>(error.source().begin.line);
      int column = static_cast<int>(error.source().begin.column);
      auto mistake = diagnose(repaired, line, column, error.description());
      if (mistake.at) column = column_of(repaired, line, *mistake.at);
      problems.add({Origin::Kind::file, file, line, insertions.written_column(line, column)}, "", mistake.sentence);
      if (!mistake.repaired) return std::nullopt;
      for (const std::size_t i : mistake.inserted) insertions.add(line, column + static_cast<int>(i));
      repaired = std::move(*mistake.repaired);
    }
  }
  return std::nullopt;
}

namespace {

/// Repairs text whose mistakes are all unambiguous; "" for other text.
std::string repaired_value(std::string text) {
  for (int round = 0; round < 100; ++round) {
    try {
      (void)toml::parse(std::string_view(text));
      return text;
    } catch (const toml::parse_error& error) {
      const auto& stop = error.source().begin;
      auto mistake = diagnose(text, static_cast<int>(stop.line), static_cast<int>(stop.column), error.description());
      if (!mistake.repaired) return "";
      text = std::move(*mistake.repaired);
    }
  }
  return "";
}

}  // namespace

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
    // Text in brackets was meant as a list or a table, whose quotes the shell may have removed.
    const bool bracketed = text.starts_with("[") || text.starts_with("{");
    if (const auto right = problems && bracketed ? repaired_value(line) : ""; !right.empty()) {
      const auto value = right.substr(kKey.size());
      const auto whole = origin.file.substr(0, origin.file.find('=') + 1) + value;
      problems->add(
          origin, "",
          fmt::format("the value is not written as TOML, or the shell has removed its quotes; write {}", typed(whole)));
      return read_toml_value(value, origin, problems);
    }
  }
  return {std::string(text), origin};
}

}  // namespace hourglass::experiment

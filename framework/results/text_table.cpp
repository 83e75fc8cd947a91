// Renders tables as text: chooses the digits of numbers and aligns columns.
#include "results/text_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/printable.hpp"
#include "results/number.hpp"

namespace hourglass::results {
namespace {

constexpr const char* kMissing = "–";
constexpr const char* kBetween = " ± ";
// Numbers with more decimals are written with an exponent.
constexpr int kMostDecimals = 10;
constexpr std::size_t kLongestOpenRule = 40;

// A cell as text: the part before the ± and, for a Spread of several runs, the part after it.
struct Shown {
  std::string left, right;
  bool number = false;
};

// The number of decimals that the single numbers of a column share, so that their points are aligned.
struct Decimals {
  int count = 0;
  bool fixed = false;  // false: each number has its own format
};

double rounded(double value, int decimals) { return std::stod(fmt::format("{:.{}f}", value, decimals)); }

Decimals common_decimals(const std::vector<double>& values, int digits) {
  double largest = 0;
  for (const auto value : values) largest = std::max(largest, std::abs(value));
  if (largest == 0) return {1, true};
  const int exponent = static_cast<int>(std::floor(std::log10(largest)));
  int decimals = std::max(digits - 1 - exponent, 0);
  if (decimals > kMostDecimals || exponent >= 9) return {};
  for (const auto value : values) {
    // A number much smaller than the largest must keep two significant digits, or all that it has.
    if (std::abs(value) < std::pow(10.0, 1 - decimals) && rounded(value, decimals) != value) return {};
  }
  const auto drops = [&](int fewer) {
    return std::all_of(values.begin(), values.end(),
                       [&](double value) { return rounded(value, fewer) == rounded(value, decimals); });
  };
  while (decimals > 1 && drops(decimals - 1)) --decimals;
  return {decimals, true};
}

Shown show_spread(const Spread& spread) {
  // A smaller deviation is a rounding error of equal values.
  constexpr double kDust = 1e-12;
  if (spread.deviation <= kDust * std::abs(spread.mean)) return {"", "0", true};
  const auto scientific = fmt::format("{:.1e}", spread.deviation);
  const int decimals = std::max(1 - std::stoi(scientific.substr(scientific.find('e') + 1)), 0);
  if (decimals <= kMostDecimals && std::abs(spread.mean) < 1e9) {
    return {fmt::format("{:.{}f}", spread.mean, decimals), fmt::format("{:.{}f}", spread.deviation, decimals), true};
  }
  const auto digits = spread.mean == 0 ? 0.0 : std::floor(std::log10(std::abs(spread.mean))) + decimals;
  return {fmt::format("{:.{}e}", spread.mean, std::clamp(static_cast<int>(digits), 0, 15)), scientific, true};
}

bool has_deviation(const Spread& spread) { return spread.count > 1 && std::isfinite(spread.deviation); }

std::optional<double> value_of(const Field& cell) {
  if (const auto* number = std::get_if<double>(&cell)) return *number;
  if (const auto* spread = std::get_if<Spread>(&cell)) return spread->mean;
  if (const auto* whole = std::get_if<std::int64_t>(&cell)) return static_cast<double>(*whole);
  return std::nullopt;
}

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return base::printable(text);
}

std::vector<Shown> show_column(const Table& table, std::size_t column) {
  const int digits = table.columns[column].digits;
  std::vector<Shown> cells;
  std::vector<double> alone;
  for (const auto& row : table.rows) {
    Shown cell;
    if (const auto* text = std::get_if<std::string>(&row[column])) cell.left = one_line(*text);
    if (const auto* whole = std::get_if<std::int64_t>(&row[column])) cell = {std::to_string(*whole), "", true};
    if (std::holds_alternative<std::monostate>(row[column])) cell.left = kMissing;
    if (const auto* spread = std::get_if<Spread>(&row[column]); spread && has_deviation(*spread))
      cell = show_spread(*spread);
    const auto value = value_of(row[column]);
    if (cell.left.empty() && value && std::isfinite(*value)) alone.push_back(*value);
    cells.push_back(std::move(cell));
  }
  const auto decimals = common_decimals(alone, digits);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto value = value_of(table.rows[i][column]);
    if (!cells[i].left.empty() || !value) continue;
    cells[i].number = true;
    cells[i].left = decimals.fixed && std::isfinite(*value) ? fmt::format("{:.{}f}", *value, decimals.count)
                                                            : shown(*value, digits);
  }
  return cells;
}

std::string padding(std::size_t width, const std::string& text) {
  return std::string(width - std::min(width, display_width(text)), ' ');
}

// Returns the title and the cells of a column, padded to the same width, with the ± of numbers aligned.
std::vector<std::string> align(const std::vector<Shown>& cells, const std::string& title, bool right) {
  std::size_t before = 0, after = 0, width = 0;
  for (const auto& cell : cells) {
    if (cell.number) before = std::max(before, display_width(cell.left));
    after = std::max(after, display_width(cell.right));
  }
  std::vector<std::string> texts = {title};
  for (const auto& cell : cells) {
    auto text = cell.left;
    if (cell.number && after > 0) {
      const auto tail = cell.right.empty() ? std::string(display_width(kBetween), ' ') : kBetween;
      text = padding(before, cell.left) + cell.left + tail + cell.right + padding(after, cell.right);
    }
    texts.push_back(std::move(text));
  }
  for (const auto& text : texts) width = std::max(width, display_width(text));
  for (auto& text : texts) text = right ? padding(width, text) + text : text + padding(width, text);
  return texts;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

// Returns which rows have the best number of a column; none if there are fewer than two numbers.
std::vector<bool> best_rows(const Table& table, std::size_t column, const std::vector<Shown>& cells) {
  std::vector<bool> best(cells.size(), false);
  const auto direction = table.columns[column].best;
  std::vector<std::pair<double, std::size_t>> ranked;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto value = value_of(table.rows[i][column]);
    if (value && !std::isnan(*value)) ranked.emplace_back(direction == Direction::higher ? -*value : *value, i);
  }
  if (!direction || !table.columns[column].competes || ranked.size() < 2) return best;
  const auto winner = std::min_element(ranked.begin(), ranked.end())->second;
  // Numbers that are printed alike are equally good.
  for (const auto& [value, row] : ranked) best[row] = cells[row].left == cells[winner].left;
  return best;
}

std::string without_trailing_blanks(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

std::size_t display_width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string shown(double value, int digits) {
  if (!std::isfinite(value)) return number_text(value);
  const auto decimals = common_decimals({value}, digits);
  return decimals.fixed ? fmt::format("{:.{}f}", value, decimals.count) : fmt::format("{:.{}g}", value, digits);
}

std::string render_terminal(const Table& table) {
  std::vector<std::string> lines(2 + table.rows.size());
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const auto& column = table.columns[i];
    auto texts = align(show_column(table, i), column.title, column.right);
    // The last column may contain sentences that are longer than a line of the terminal; its rule is not.
    const bool open = !column.right && i + 1 == table.columns.size();
    const auto width = open ? std::min(display_width(texts[0]), kLongestOpenRule) : display_width(texts[0]);
    std::string rule;
    for (std::size_t j = 0; j < width; ++j) rule += "─";
    texts.insert(texts.begin() + 1, rule);
    for (std::size_t j = 0; j < lines.size(); ++j) lines[j] += (i == 0 ? "" : "  ") + texts[j];
  }
  std::string text;
  for (auto& line : lines) text += without_trailing_blanks(std::move(line)) + '\n';
  return text;
}

std::string render_markdown(const Table& table) {
  std::vector<std::string> lines(2 + table.rows.size(), "|");
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    auto cells = show_column(table, i);
    const auto best = best_rows(table, i, cells);
    for (std::size_t j = 0; j < cells.size(); ++j) {
      auto& cell = cells[j];
      auto text = cell.right.empty() ? cell.left : cell.left + kBetween + cell.right;
      text = replaced(std::move(text), "|", "\\|");
      cell = {best[j] ? "**" + text + "**" : text, "", false};
    }
    const bool right = table.columns[i].right;
    const auto title = replaced(table.columns[i].title, "|", "\\|");
    // Markdown renderers need at least three dashes.
    auto texts = align(cells, title + padding(4, title), right);
    if (right) texts[0] = padding(display_width(texts[0]), title) + title;
    auto rule = std::string(display_width(texts[0]) - 1, '-');
    texts.insert(texts.begin() + 1, right ? rule + ":" : ":" + rule);
    for (std::size_t j = 0; j < lines.size(); ++j) lines[j] += " " + texts[j] + " |";
  }
  std::string text;
  for (const auto& line : lines) text += line + '\n';
  return text;
}

}  // namespace hourglass::results

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
// A column with more decimals is written with exponents.
constexpr int kMostDecimals = 10;
constexpr std::size_t kLongestOpenRule = 40;

// A cell as text: the part before the ± and, for a Spread of several runs, the part after it.
struct Shown {
  std::string left, right;
  bool number = false;
};

// How the numbers of a column are written.
struct NumberFormat {
  enum class Style {
    fixed,     // all with `decimals` decimals
    exponent,  // all with an exponent and `decimals` decimals
    own        // each as shown() writes it
  };
  Style style = Style::fixed;
  int decimals = 1;
};

// The finite numbers of a column.
struct Numbers {
  std::vector<double> values;      // single numbers and means
  std::vector<double> deviations;  // of means, without zeros
};

double rounded(double value, int decimals) { return std::stod(fmt::format("{:.{}f}", value, decimals)); }

int exponent_of(double value) { return static_cast<int>(std::floor(std::log10(std::abs(value)))); }

// The number of decimals that show two digits of a deviation.
int decimals_of(double deviation) {
  const auto scientific = fmt::format("{:.1e}", deviation);
  return std::max(1 - std::stoi(scientific.substr(scientific.find('e') + 1)), 0);
}

// Chooses one format for a column: `digits` digits of its largest number, or fewer if two digits of every deviation
// need no more or the rest are zeros. `measured` numbers that cannot share their decimals are written with exponents.
NumberFormat number_format(const Numbers& numbers, int digits, bool measured) {
  double largest = 0;
  for (const auto value : numbers.values) largest = std::max(largest, std::abs(value));
  for (const auto value : numbers.deviations) largest = std::max(largest, value);
  if (largest == 0) return {};
  const int exponent = exponent_of(largest);
  int wanted = 0;
  for (const auto deviation : numbers.deviations) wanted = std::max(wanted, decimals_of(deviation));
  int decimals = std::max(digits - 1 - exponent, 0);
  if (!numbers.deviations.empty()) decimals = std::min(decimals, wanted);
  // A number much smaller than the largest must keep two significant digits, or all that it has.
  const bool loses = std::ranges::any_of(numbers.values, [&](double value) {
    return std::abs(value) < std::pow(10.0, 1 - decimals) && rounded(value, decimals) != value;
  });
  if (decimals > kMostDecimals || exponent >= 9 || (loses && numbers.deviations.empty())) {
    if (!measured && numbers.deviations.empty()) return {NumberFormat::Style::own};
    const int mantissa = numbers.deviations.empty() ? digits - 1 : std::clamp(exponent + wanted, 1, digits - 1);
    return {NumberFormat::Style::exponent, mantissa};
  }
  const auto drops = [&](int fewer) {
    return std::ranges::all_of(numbers.values,
                               [&](double value) { return rounded(value, fewer) == rounded(value, decimals); });
  };
  while (numbers.deviations.empty() && decimals > 1 && drops(decimals - 1)) --decimals;
  return {NumberFormat::Style::fixed, decimals};
}

std::string text_of(double value, const NumberFormat& format, int digits) {
  if (!std::isfinite(value) || format.style == NumberFormat::Style::own) return shown(value, digits);
  return format.style == NumberFormat::Style::fixed ? fmt::format("{:.{}f}", value, format.decimals)
                                                    : fmt::format("{:.{}e}", value, format.decimals);
}

bool has_deviation(const Spread& spread) { return spread.count > 1 && std::isfinite(spread.deviation); }

// Returns the deviation of a mean; 0 if it is no more than a rounding error of equal values.
double deviation_of(const Spread& spread) {
  constexpr double kDust = 1e-12;
  return spread.deviation <= kDust * std::abs(spread.mean) ? 0 : spread.deviation;
}

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
  Numbers numbers;
  bool whole = true;
  for (const auto& row : table.rows) {
    const auto value = value_of(row[column]);
    if (!value) continue;
    whole = whole && std::holds_alternative<std::int64_t>(row[column]);
    if (std::isfinite(*value)) numbers.values.push_back(*value);
    const auto* spread = std::get_if<Spread>(&row[column]);
    if (spread && has_deviation(*spread) && deviation_of(*spread) > 0) numbers.deviations.push_back(spread->deviation);
  }
  const auto format = number_format(numbers, digits, table.columns[column].best.has_value());
  std::vector<Shown> cells;
  for (const auto& row : table.rows) {
    Shown cell;
    if (const auto* text = std::get_if<std::string>(&row[column])) cell.left = one_line(*text);
    if (std::holds_alternative<std::monostate>(row[column])) cell.left = kMissing;
    if (const auto value = value_of(row[column])) {
      const auto* number = std::get_if<std::int64_t>(&row[column]);
      cell = {whole ? std::to_string(*number) : text_of(*value, format, digits), "", true};
    }
    if (const auto* spread = std::get_if<Spread>(&row[column]); spread && has_deviation(*spread))
      cell.right = format.style == NumberFormat::Style::exponent ? fmt::format("{:.1e}", deviation_of(*spread))
                                                                 : text_of(deviation_of(*spread), format, digits);
    cells.push_back(std::move(cell));
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
  if (std::isinf(value)) return value > 0 ? "∞" : "-∞";
  if (std::isnan(value)) return number_text(value);
  const auto format = number_format({{value}, {}}, digits, false);
  return format.style == NumberFormat::Style::fixed ? text_of(value, format, digits)
                                                    : fmt::format("{:.{}g}", value, digits);
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

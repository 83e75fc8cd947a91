// Tables as people and programs read them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "hourglass/metric.hpp"

namespace hourglass::results {

enum class Format { table, csv, md, json };
/// Converts `table|csv|md|json`; UserError with the allowed names otherwise.
Format format_of(const std::string& name);

/// A mean over runs, with the sample standard deviation when there are several.
struct Spread {
  double mean = 0, deviation = 0;
  std::int64_t count = 1;
  bool operator==(const Spread&) const = default;
};

using Field = std::variant<std::monostate, std::string, std::int64_t, double, Spread>;

struct Column {
  std::string title;                ///< for people
  std::string key;                  ///< for programs: lower_snake_case, or such words joined by dots ("noise.sigma")
  int digits = 5;                   ///< significant digits shown to people; programs get every digit
  bool right = true;                ///< aligned right
  std::optional<Direction> best{};  ///< which way is better
  std::string group{};              ///< what the column belongs to: a task, for a column of results
  bool competes = true;             ///< with `best`: `md` prints the best of two or more numbers in bold
};

struct Table {
  std::vector<Column> columns;
  std::vector<std::vector<Field>> rows;
};

/// Renders a table. `table`: aligned columns for a terminal; `md`: GitHub's; `csv`: RFC 4180; `json`: an array of row
/// objects (a Spread becomes `key`, `key_std` and `key_n`, with a null deviation when it is of one run; text stands for
/// numbers that JSON lacks: "inf", "-inf", "nan"). The text ends with a newline.
std::string render(const Table& table, Format format);

}  // namespace hourglass::results

// Tables: columns and rows of fields.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "hourglass/metric.hpp"

namespace hourglass::results {

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

}  // namespace hourglass::results

// Tables of fields, with columns that know how they are shown.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "hourglass/metric.hpp"

namespace hourglass::results {

/// A mean over runs, with the sample standard deviation if there are several.
struct Spread {
  double mean = 0, deviation = 0;
  std::int64_t count = 1;
  bool operator==(const Spread&) const = default;
};

using Field = std::variant<std::monostate, std::string, std::int64_t, double, Spread>;

struct Column {
  std::string title;                ///< for people
  std::string key;                  ///< for programs: lower_snake_case words, joined by dots ("noise.sigma")
  int digits = 5;                   ///< significant digits of the largest number; programs get all digits
  bool right = true;                ///< right-aligned
  std::optional<Direction> best{};  ///< whether lower or higher numbers are better; empty: neither
  std::string group{};              ///< the task of a column of results
  bool competes = true;             ///< if `best` is set, `md` prints the best of several numbers in bold
};

struct Table {
  std::vector<Column> columns;
  std::vector<std::vector<Field>> rows;
};

}  // namespace hourglass::results

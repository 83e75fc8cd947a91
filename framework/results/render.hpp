// Tables as people and programs read them.
#pragma once

#include <string>

#include "results/table.hpp"

namespace hourglass::results {

enum class Format { table, csv, md, json };
/// Converts `table|csv|md|json`; UserError with the allowed names otherwise.
Format format_of(const std::string& name);

/// Renders a table. `table`: aligned columns for a terminal; `md`: GitHub's; `csv`: RFC 4180; `json`: an array of row
/// objects (a Spread becomes `key`, `key_std` and `key_n`, with a null deviation when it is of one run; text stands for
/// numbers that JSON lacks: "inf", "-inf", "nan"). The text ends with a newline.
std::string render(const Table& table, Format format);

}  // namespace hourglass::results

// Renders tables for people and for programs.
#pragma once

#include <string>

#include "results/table.hpp"

namespace hourglass::results {

enum class Format { table, csv, md, json };
/// Converts `table`, `csv`, `md` or `json`; throws UserError for any other name.
Format format_of(const std::string& name);

/// Renders a table. `table`: aligned columns for a terminal; `md`: GitHub's Markdown; `csv`: RFC 4180; `json`: an array
/// of row objects. In `csv` and `json` a Spread becomes `key`, `key_std` (empty or null for one run) and `key_n`; JSON
/// writes infinities and NaN as the strings "inf", "-inf" and "nan". The text ends with a newline.
std::string render(const Table& table, Format format);

}  // namespace hourglass::results

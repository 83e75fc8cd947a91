// Tables as text for people: a terminal's and GitHub's. `render` in results/table.hpp is the way in.
#pragma once

#include <string>

#include "results/table.hpp"

namespace hourglass::results {

/// Aligns columns under their titles; a missing value is a dash, a Spread is `mean ± deviation`.
std::string render_terminal(const Table& table);

/// Writes GitHub's Markdown, with the best numbers in bold.
std::string render_markdown(const Table& table);

/// Returns how many columns of a terminal a UTF-8 text takes.
std::size_t display_width(const std::string& text);

/// Returns a double with this many significant digits, as one cell of a table shows it.
std::string shown(double value, int digits);

}  // namespace hourglass::results

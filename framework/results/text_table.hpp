// Renders tables as text for a terminal and as Markdown. Callers use render() in results/render.hpp.
#pragma once

#include <string>

#include "results/table.hpp"

namespace hourglass::results {

/// Renders aligned columns under their titles; a missing value is a dash, a Spread is `mean ± deviation`.
std::string render_terminal(const Table& table);

/// Renders GitHub's Markdown with the best numbers in bold.
std::string render_markdown(const Table& table);

/// Returns the number of terminal columns that a UTF-8 text occupies.
std::size_t display_width(const std::string& text);

/// Formats a number with this many significant digits, as a cell of a table shows it; an infinite one as "∞".
std::string shown(double value, int digits);

}  // namespace hourglass::results

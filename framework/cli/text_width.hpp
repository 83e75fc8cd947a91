// The width of help texts.
#pragma once

#include <cstddef>

namespace hourglass::cli {

/// Returns the columns of the terminal at standard output, but at least 80 and at most 120; 80 if it is no terminal.
std::size_t text_width();

}  // namespace hourglass::cli

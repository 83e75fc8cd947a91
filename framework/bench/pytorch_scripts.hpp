// The texts of the Python scripts in this folder, which the build embeds, so that the program needs no separate
// files.
#pragma once

#include <string>

namespace hourglass::bench {

// Return the text of the script of the same name, for `python3 -c`.
const std::string& pytorch_step();
const std::string& pytorch_products();

}  // namespace hourglass::bench

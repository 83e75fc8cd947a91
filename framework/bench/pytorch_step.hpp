// The text of pytorch_step.py, which the build embeds, so that the program needs no separate file.
#pragma once

#include <string>

namespace hourglass::bench {

/// Returns the text of pytorch_step.py, for `python3 -c`.
const std::string& pytorch_step();

}  // namespace hourglass::bench

// pytorch_step.py, which the build puts into the program, so that it needs no file beside it.
#pragma once

#include <string>

namespace hourglass::bench {

/// Returns the text of pytorch_step.py, for `python3 -c`.
const std::string& pytorch_step();

}  // namespace hourglass::bench

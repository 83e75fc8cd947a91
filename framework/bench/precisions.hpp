// Which number formats `hourglass bench` measures.
#pragma once

#include <string>
#include <vector>

#include "compute/kernels/precision.hpp"

namespace hourglass::bench {

struct Precisions {
  std::vector<compute::Precision> measured;
  std::string note;  ///< what is left out and why; "" when nothing
};

/// Chooses for `--precision word`, which is f32, bf16 or both, on a processor that lacks `missing` for bf16 ("" when it
/// lacks nothing). UserError when that leaves nothing to measure.
Precisions choose_precisions(const std::string& word, const std::string& missing);

}  // namespace hourglass::bench

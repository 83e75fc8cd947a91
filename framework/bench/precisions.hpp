// The number formats that `hourglass bench` measures.
#pragma once

#include <string>
#include <vector>

#include "compute/kernels/precision.hpp"

namespace hourglass::bench {

/// "f32" or "bf16".
std::string name_of(compute::Precision precision);

struct Precisions {
  std::vector<compute::Precision> measured;
  std::string note;  ///< which format is skipped and why; "" if none
};

/// Chooses the formats for `--precision word`, which is f32, bf16 or both, on a processor that lacks `missing` for bf16
/// ("" if it lacks nothing). Throws UserError if nothing is left to measure.
Precisions choose_precisions(const std::string& word, const std::string& missing);

}  // namespace hourglass::bench

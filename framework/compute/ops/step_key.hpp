// The key of a step's random numbers.
#pragma once

#include <cstdint>

namespace hourglass::compute {

/// Where a step draws dropout masks and sampled codes from.
struct StepKey {
  std::uint64_t seed = 0, step = 0;
};

}  // namespace hourglass::compute

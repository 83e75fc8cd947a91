// The key of a step's random numbers.
#pragma once

#include <cstdint>

namespace hourglass::compute {

/// The source of a step's dropout masks and sampled codes.
struct StepKey {
  std::uint64_t seed = 0, step = 0;
};

}  // namespace hourglass::compute

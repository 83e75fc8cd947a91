// Generates MNIST-1D as its authors' program does (github.com/greydanus/mnist1d), number by number.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace hourglass::mnist1d {

constexpr std::int64_t kLength = 40;  ///< numbers in a sequence

struct Part {
  std::vector<float> values;  ///< [n, kLength]; over both parts, the mean is 0 and the deviation 1
  std::vector<std::int32_t> labels;
};

/// Returns 4,000 training and 1,000 test sequences. The same seed gives what the program gives with NumPy's
/// RandomState, up to the rounding of sums.
std::pair<Part, Part> generate(std::uint32_t seed);

}  // namespace hourglass::mnist1d

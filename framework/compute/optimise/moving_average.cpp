// Adds a share of the difference to the average, which is more accurate than a weighted sum if the two are close.
#include "compute/optimise/moving_average.hpp"

#include <algorithm>

#include "base/multiversion.hpp"
#include "compute/kernels/parallel.hpp"

namespace hourglass::compute {
namespace {

constexpr std::int64_t kAverageBlock = 16384;

HOURGLASS_MULTIVERSION void move(float* __restrict average, const float* __restrict weights, std::int64_t count,
                                 float share) {
  for (std::int64_t i = 0; i < count; ++i) average[i] += share * (weights[i] - average[i]);
}

}  // namespace

double average_decay(double decay, std::int64_t step) {
  const auto t = static_cast<double>(step);
  return std::min(decay, (1 + t) / (10 + t));
}

void move_average(std::span<float> average, std::span<const float> weights, double decay) {
  float* to = average.data();
  const float* from = weights.data();
  parallel_blocks(static_cast<std::int64_t>(average.size()), kAverageBlock, [=](std::int64_t begin, std::int64_t end) {
    move(to + begin, from + begin, end - begin, static_cast<float>(1 - decay));
  });
}

}  // namespace hourglass::compute

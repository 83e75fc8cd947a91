// One fused loop for the first, the middle and the last batch of an update.
#include "compute/optimise/gradient_average.hpp"

#include "base/multiversion.hpp"
#include "compute/kernels/parallel.hpp"

namespace hourglass::compute {
namespace {

constexpr std::int64_t kSumBlock = 16384;

HOURGLASS_MULTIVERSION void begin_sum(float* __restrict sum, const float* __restrict g, std::int64_t count,
                                      float share) {
  for (std::int64_t i = 0; i < count; ++i) sum[i] = share * g[i];
}

HOURGLASS_MULTIVERSION void add_to_sum(float* __restrict sum, const float* __restrict g, std::int64_t count,
                                       float share) {
  for (std::int64_t i = 0; i < count; ++i) sum[i] += share * g[i];
}

HOURGLASS_MULTIVERSION void end_sum(const float* __restrict sum, float* __restrict g, std::int64_t count, float share) {
  for (std::int64_t i = 0; i < count; ++i) g[i] = sum[i] + share * g[i];
}

}  // namespace

void GradientAverage::add(std::span<const float> gradients, double share, bool first) {
  float* sum = sum_.data();
  const float* g = gradients.data();
  parallel_blocks(sum_.size(), kSumBlock, [=](std::int64_t begin, std::int64_t end) {
    (first ? begin_sum : add_to_sum)(sum + begin, g + begin, end - begin, static_cast<float>(share));
  });
}

void GradientAverage::finish(std::span<float> gradients, double share) const {
  const float* sum = sum_.data();
  float* g = gradients.data();
  parallel_blocks(sum_.size(), kSumBlock, [=](std::int64_t begin, std::int64_t end) {
    end_sum(sum + begin, g + begin, end - begin, static_cast<float>(share));
  });
}

}  // namespace hourglass::compute

// The bias is repeated, so that loops are long even with few channels.
#include "compute/ops/conv/conv_finish.hpp"

#include <algorithm>

#include "base/multiversion.hpp"

namespace hourglass::compute {
namespace {

HOURGLASS_MULTIVERSION void add_pattern(const float* pattern, std::int64_t period, float* values, std::int64_t count) {
  for (; count > 0; values += period, count -= period) {
    const std::int64_t length = count < period ? count : period;
#pragma GCC ivdep
    for (std::int64_t i = 0; i < length; ++i) values[i] += pattern[i];
  }
}

}  // namespace

std::int64_t bias_pattern(std::int64_t channels) { return channels * std::max<std::int64_t>(1, 256 / channels); }

void fill_bias_pattern(const float* bias, std::int64_t channels, float* pattern) {
  for (std::int64_t i = 0; i < bias_pattern(channels); i += channels) std::copy_n(bias, channels, pattern + i);
}

void add_bias(const float* pattern, std::int64_t channels, float* values, std::int64_t count) {
  add_pattern(pattern, bias_pattern(channels), values, count);
}

}  // namespace hourglass::compute

// The bias of a convolution, added to a channels-last tensor, which is a matrix [N * H * W, C].
#pragma once

#include <cstdint>

namespace hourglass::compute {

/// values[i] += bias[i % channels], for `count` values, a multiple of `channels`, that start at channel 0. `pattern`
/// has bias_pattern(channels) floats, filled by fill_bias_pattern. Single-threaded.
std::int64_t bias_pattern(std::int64_t channels);
void fill_bias_pattern(const float* bias, std::int64_t channels, float* pattern);
void add_bias(const float* pattern, std::int64_t channels, float* values, std::int64_t count);

}  // namespace hourglass::compute

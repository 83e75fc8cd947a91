// What follows a convolution's sums: bias and activation on the way forward, and their undoing on the way back. A
// channels-last tensor is a matrix [N * H * W, C].
#pragma once

#include <cstdint>
#include <optional>

#include "hourglass/operation.hpp"

namespace hourglass::compute {

/// values[i] += bias[i % channels], for `count` values that begin with channel 0, a multiple of `channels`. `pattern`
/// is of bias_pattern(channels) floats, filled by fill_bias_pattern. One thread.
std::int64_t bias_pattern(std::int64_t channels);
void fill_bias_pattern(const float* bias, std::int64_t channels, float* pattern);
void add_bias(const float* pattern, std::int64_t channels, float* values, std::int64_t count);

/// Turns the gradient of an activated [rows, channels] into that of what the activation was applied to, in place, and
/// sums it for each channel, over fixed blocks: the same bits on any number of threads.
class UndoActivation {
 public:
  UndoActivation(std::int64_t rows, std::int64_t channels, const op::Activate& activation, bool sum, bool add);

  std::int64_t scratch() const;
  /// `from` is the activation's input or output (derivative_reads_input); sums [channels] or null.
  void execute(const float* from, float* gradient, float* sums, float* scratch) const;

 private:
  std::int64_t rows_, channels_;
  op::Activate activation_;
  bool sum_, add_;
  std::int64_t fold_, width_, block_rows_, blocks_;
};

}  // namespace hourglass::compute

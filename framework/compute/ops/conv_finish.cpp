// Few channels are folded: [rows, C] is [rows / fold, C * fold] as well, and wide rows suit vector registers.
#include "compute/ops/conv_finish.hpp"

#include <algorithm>

#include "compute/activation.hpp"
#include "compute/multiversion.hpp"
#include "compute/ops/elementwise.hpp"
#include "compute/parallel.hpp"

namespace hourglass::compute {
namespace {

constexpr std::int64_t kMostBlocks = 64;

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

UndoActivation::UndoActivation(std::int64_t rows, std::int64_t channels, const op::Activate& activation, bool sum,
                               bool add)
    : rows_(rows), channels_(channels), activation_(activation), sum_(sum), add_(add) {
  fold_ = channels < kColumnBlock && kColumnBlock % channels == 0 ? kColumnBlock / channels : 1;
  width_ = channels * fold_;
  const std::int64_t folded = rows / fold_;
  const std::int64_t least = std::max<std::int64_t>(1, kElementBlock / width_);
  block_rows_ = std::max(least, (folded + kMostBlocks - 1) / kMostBlocks);
  blocks_ = (folded + block_rows_ - 1) / block_rows_;
}

std::int64_t UndoActivation::scratch() const { return sum_ ? (blocks_ + 1) * width_ : 0; }

void UndoActivation::execute(const float* from, float* gradient, float* sums, float* scratch) const {
  const auto alpha = static_cast<float>(activation_.alpha);
  const std::int64_t count = rows_ * channels_;
  if (!sum_) {
    if (activation_.kind == Activation::identity) return;
    parallel_blocks(count, kElementBlock, [&](std::int64_t begin, std::int64_t end) {
      activate_backward(activation_.kind, alpha, from + begin, gradient + begin, gradient + begin, end - begin, false);
    });
    return;
  }
  const auto block = [&](std::int64_t first, std::int64_t rows, std::int64_t width, float* partial) {
    for (std::int64_t column = 0; column < width; column += kColumnBlock) {
      const std::int64_t at = first + column;
      activate_backward_columns(activation_.kind, alpha, from + at, gradient + at, rows,
                                std::min(kColumnBlock, width - column), width, partial + column, false);
    }
  };
  const std::int64_t folded = rows_ / fold_;
  parallel_blocks(folded, block_rows_, [&](std::int64_t begin, std::int64_t end) {
    block(begin * width_, end - begin, width_, scratch + begin / block_rows_ * width_);
  });
  float* const last = scratch + blocks_ * width_;  // of the rows that fill no folded one
  block(folded * width_, rows_ - folded * fold_, channels_, last);
  for (std::int64_t c = 0; c < channels_; ++c) {
    float total = last[c];
    for (std::int64_t i = c; i < blocks_ * width_; i += channels_) total += scratch[i];
    sums[c] = add_ ? sums[c] + total : total;
  }
}

}  // namespace hourglass::compute

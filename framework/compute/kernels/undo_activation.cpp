// Folds rows with few channels: [rows, C] is also [rows / fold, C * fold], and wide rows suit vector registers.
#include "compute/kernels/undo_activation.hpp"

#include <algorithm>

#include "base/multiversion.hpp"
#include "compute/kernels/activation.hpp"
#include "compute/kernels/bf16.hpp"
#include "compute/kernels/parallel.hpp"

namespace hourglass::compute {
namespace {

constexpr std::int64_t kMostBlocks = 64;

HOURGLASS_MULTIVERSION void add_to(const float* values, std::int64_t count, float* sums) {
#pragma GCC ivdep
  for (std::int64_t i = 0; i < count; ++i) sums[i] += values[i];
}

}  // namespace

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

void UndoActivation::execute(const float* from, float* gradient, float* sums, float* scratch,
                             std::uint16_t* rounded) const {
  if (sum_) {
    undo_and_sum(from, gradient, sums, scratch, rounded);
  } else if (activation_.kind != Activation::identity || rounded != nullptr) {
    undo(from, gradient, rounded);
  }
}

void UndoActivation::undo(const float* from, float* gradient, std::uint16_t* rounded) const {
  parallel_blocks(rows_ * channels_, kElementBlock, [&](std::int64_t begin, std::int64_t end) {
    if (activation_.kind != Activation::identity) {
      activate_backward(activation_.kind, static_cast<float>(activation_.alpha), from + begin, gradient + begin,
                        gradient + begin, end - begin, false);
    }
    if (rounded != nullptr) to_bf16_block(gradient + begin, rounded + begin, end - begin);
  });
}

void UndoActivation::undo_and_sum(const float* from, float* gradient, float* sums, float* scratch,
                                  std::uint16_t* rounded) const {
  const auto block = [&](std::int64_t first, std::int64_t rows, std::int64_t width, float* partial) {
    for (std::int64_t column = 0; column < width; column += kColumnBlock) {
      const std::int64_t at = first + column;
      activate_backward_columns(activation_.kind, static_cast<float>(activation_.alpha), from + at, gradient + at, rows,
                                std::min(kColumnBlock, width - column), width, partial + column, false);
    }
    if (rounded != nullptr) to_bf16_block(gradient + first, rounded + first, rows * width);
  };
  const std::int64_t folded = rows_ / fold_;
  parallel_blocks(folded, block_rows_, [&](std::int64_t begin, std::int64_t end) {
    block(begin * width_, end - begin, width_, scratch + begin / block_rows_ * width_);
  });
  float* const total = scratch + blocks_ * width_;
  block(folded * width_, rows_ - folded * fold_, channels_, total);
  for (std::int64_t i = 0; i < blocks_ * width_; i += channels_) add_to(scratch + i, channels_, total);
  if (add_) {
    add_to(total, channels_, sums);
  } else {
    std::copy_n(total, channels_, sums);
  }
}

}  // namespace hourglass::compute

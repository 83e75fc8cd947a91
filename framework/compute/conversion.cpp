// Transposes each sample, [C, H * W] to [H * W, C] or back, in tiles that stay in the nearest cache.
#include "compute/conversion.hpp"

#include <algorithm>

#include "compute/multiversion.hpp"
#include "compute/parallel.hpp"

namespace hourglass::compute {
namespace {

constexpr std::int64_t kTile = 16;

// from [rows, columns] -> to [columns, rows]
HOURGLASS_MULTIVERSION void transpose(const float* from, std::int64_t rows, std::int64_t columns, float* to, bool add) {
  for (std::int64_t r = 0; r < rows; r += kTile) {
    const std::int64_t r_end = std::min(rows, r + kTile);
    for (std::int64_t c = 0; c < columns; ++c) {
      float* out = to + c * rows;
      if (add) {
        for (std::int64_t i = r; i < r_end; ++i) out[i] += from[i * columns + c];
      } else {
        for (std::int64_t i = r; i < r_end; ++i) out[i] = from[i * columns + c];
      }
    }
  }
}

}  // namespace

ConversionKernel::ConversionKernel(const KernelSpec& spec)
    : samples_(spec.inputs[0].batched ? spec.batch : 1), write_(spec.gradients[0]) {
  const auto& dims = spec.inputs[0].dims;
  const std::int64_t channels = dims[0], pixels = dims[1] * dims[2];
  rows_ = spec.layout == Layout::channels_last ? channels : pixels;
  columns_ = spec.layout == Layout::channels_last ? pixels : channels;
}

void ConversionKernel::forward(const StepKey&) {
  parallel_blocks(samples_, 1, [&](std::int64_t sample, std::int64_t) {
    const std::int64_t offset = sample * rows_ * columns_;
    transpose(binding_.inputs[0] + offset, rows_, columns_, binding_.output + offset, false);
  });
}

void ConversionKernel::backward() {
  if (write_ == Write::none) return;
  parallel_blocks(samples_, 1, [&](std::int64_t sample, std::int64_t) {
    const std::int64_t offset = sample * rows_ * columns_;
    transpose(binding_.output_gradient + offset, columns_, rows_, binding_.input_gradients[0] + offset,
              write_ == Write::add);
  });
}

}  // namespace hourglass::compute

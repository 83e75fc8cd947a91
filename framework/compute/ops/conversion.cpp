// Transposes each sample, [C, H * W] to [H * W, C] or back, block by block in registers.
#include "compute/ops/conversion.hpp"

#include "base/multiversion.hpp"
#include "compute/kernels/parallel.hpp"

namespace hourglass::compute {
namespace {

constexpr std::int64_t kSide = 8;
using Row = float __attribute__((vector_size(kSide * sizeof(float)), aligned(4), may_alias));

HOURGLASS_INLINE void put_converted(float* to, Row values, bool add) {
  if (add) values += *reinterpret_cast<const Row*>(to);
  *reinterpret_cast<Row*>(to) = values;
}

// Transposes one block of kSide x kSide in three rounds of pairwise exchanges.
HOURGLASS_INLINE void transpose_block(const float* from, std::int64_t pitch, float* to, std::int64_t to_pitch,
                                      bool add) {
  Row rows[kSide], other[kSide];
  for (int i = 0; i < kSide; ++i) rows[i] = *reinterpret_cast<const Row*>(from + i * pitch);
  for (int i = 0; i < kSide; i += 2) {
    other[i] = __builtin_shufflevector(rows[i], rows[i + 1], 0, 8, 2, 10, 4, 12, 6, 14);
    other[i + 1] = __builtin_shufflevector(rows[i], rows[i + 1], 1, 9, 3, 11, 5, 13, 7, 15);
  }
  for (const int i : {0, 1, 4, 5}) {
    rows[i] = __builtin_shufflevector(other[i], other[i + 2], 0, 1, 8, 9, 4, 5, 12, 13);
    rows[i + 2] = __builtin_shufflevector(other[i], other[i + 2], 2, 3, 10, 11, 6, 7, 14, 15);
  }
  for (int i = 0; i < 4; ++i) {
    put_converted(to + i * to_pitch, __builtin_shufflevector(rows[i], rows[i + 4], 0, 1, 2, 3, 8, 9, 10, 11), add);
    put_converted(to + (i + 4) * to_pitch, __builtin_shufflevector(rows[i], rows[i + 4], 4, 5, 6, 7, 12, 13, 14, 15),
                  add);
  }
}

// from [rows, columns] -> to [columns, rows]
HOURGLASS_MULTIVERSION void transpose(const float* from, std::int64_t rows, std::int64_t columns, float* to, bool add) {
  const std::int64_t whole_rows = rows / kSide * kSide, whole_columns = columns / kSide * kSide;
  for (std::int64_t r = 0; r < whole_rows; r += kSide) {
    for (std::int64_t c = 0; c < whole_columns; c += kSide) {
      transpose_block(from + r * columns + c, columns, to + c * rows + r, rows, add);
    }
  }
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t c = r < whole_rows ? whole_columns : 0; c < columns; ++c) {
      to[c * rows + r] = from[r * columns + c] + (add ? to[c * rows + r] : 0.0f);
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

// Splits the product into fixed tiles, each computed by one thread.
#include "compute/kernels/gemm.hpp"

#include <algorithm>
#include <atomic>
#include <dnnl.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "compute/kernels/buffer.hpp"
#include "compute/kernels/parallel.hpp"

namespace hourglass::compute {
namespace {

/// Tiles of c are fixed and each is computed by one thread. If oneDNN itself split a product over threads, it could
/// split the inner dimension, and the sums would depend on the number of threads. Tiles are large enough to keep the
/// kernels busy.
constexpr std::int64_t kTileRows = 256, kTileColumns = 512;

/// Rows that are a multiple of so many floats apart share few sets of the caches. oneDNN's kernels for AVX2 read b
/// where it lies, and take up to twice as long on such rows (784 of 1024 floats).
constexpr std::int64_t kConflict = 256;
/// With fewer rows of a, copying a tile of b takes longer than it saves.
constexpr std::int64_t kLeastRows = 32;

/// Copies columns of `b` to memory of this thread, where rows are an odd number of cache lines apart.
MatrixView copy_of(MatrixView b, std::int64_t inner, Stretch columns) {
  thread_local std::vector<float> copy;
  const auto stride = whole_lines(columns.size()) | whole_lines(1);
  copy.resize(static_cast<std::size_t>(inner * stride));
  for (std::int64_t row = 0; row < inner; ++row) {
    std::copy_n(b.data + row * b.stride + columns.begin, columns.size(), copy.data() + row * stride);
  }
  return {copy.data(), stride};
}

}  // namespace

Stretch piece_of(std::int64_t count, std::int64_t unit, std::int64_t pieces, std::int64_t index) {
  const std::int64_t units = (count + unit - 1) / unit;
  const auto cut = [&](std::int64_t i) { return std::min(count, units * i / pieces * unit); };
  return {cut(index), cut(index + 1)};
}

bool gemm_tile(Stretch rows, Stretch columns, std::int64_t inner, MatrixView a, MatrixView b, float* c,
               std::int64_t c_stride, bool accumulate) {
  const bool conflicts = !b.transposed && b.stride % kConflict == 0 && rows.size() >= kLeastRows;
  if (conflicts) b = copy_of(b, inner, columns);
  const auto first = conflicts ? 0 : columns.begin;
  const auto status = dnnl_sgemm(a.transposed ? 'T' : 'N', b.transposed ? 'T' : 'N', rows.size(), columns.size(), inner,
                                 1.0F, a.data + (a.transposed ? rows.begin : rows.begin * a.stride), a.stride,
                                 b.data + (b.transposed ? first * b.stride : first), b.stride, accumulate ? 1.0F : 0.0F,
                                 c + rows.begin * c_stride + columns.begin, c_stride);
  return status == dnnl_success;
}

void gemm(std::int64_t rows, std::int64_t columns, std::int64_t inner, MatrixView a, MatrixView b, float* c,
          std::int64_t c_stride, bool accumulate) {
  const auto down = (rows + kTileRows - 1) / kTileRows, across = (columns + kTileColumns - 1) / kTileColumns;
  std::atomic<bool> failed = false;
  parallel_tasks(down * across, [&](std::int64_t tile) {
    const auto row = tile / across * kTileRows, column = tile % across * kTileColumns;
    const Stretch tile_rows{row, std::min(rows, row + kTileRows)},
        tile_columns{column, std::min(columns, column + kTileColumns)};
    if (!gemm_tile(tile_rows, tile_columns, inner, a, b, c, c_stride, accumulate)) failed = true;
  });
  if (failed) {
    throw std::runtime_error("oneDNN refused a matrix product [" + std::to_string(rows) + ", " + std::to_string(inner) +
                             "] x [" + std::to_string(inner) + ", " + std::to_string(columns) + "]");
  }
}

}  // namespace hourglass::compute

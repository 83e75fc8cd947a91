// Splits the product into fixed tiles, each computed by one thread.
#include "compute/kernels/gemm.hpp"

#include <algorithm>
#include <atomic>
#include <dnnl.hpp>
#include <stdexcept>

#include "compute/kernels/parallel.hpp"

namespace hourglass::compute {
namespace {

/// Tiles of c are fixed and each is computed by one thread. If oneDNN itself split a product over threads, it could
/// split the inner dimension, and the sums would depend on the number of threads. Tiles are large enough to keep the
/// kernels busy.
constexpr std::int64_t kTileRows = 256, kTileColumns = 512;

}  // namespace

Stretch piece_of(std::int64_t count, std::int64_t unit, std::int64_t pieces, std::int64_t index) {
  const std::int64_t units = (count + unit - 1) / unit;
  const auto cut = [&](std::int64_t i) { return std::min(count, units * i / pieces * unit); };
  return {cut(index), cut(index + 1)};
}

bool gemm_tile(Stretch rows, Stretch columns, std::int64_t inner, MatrixView a, MatrixView b, float* c,
               std::int64_t c_stride, bool accumulate) {
  const auto status = dnnl_sgemm(a.transposed ? 'T' : 'N', b.transposed ? 'T' : 'N', rows.size(), columns.size(), inner,
                                 1.0F, a.data + (a.transposed ? rows.begin : rows.begin * a.stride), a.stride,
                                 b.data + (b.transposed ? columns.begin * b.stride : columns.begin), b.stride,
                                 accumulate ? 1.0F : 0.0F, c + rows.begin * c_stride + columns.begin, c_stride);
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

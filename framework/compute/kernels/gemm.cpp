// Splits the product into fixed tiles, each computed by one thread.
#include "compute/kernels/gemm.hpp"

#include <omp.h>

#include <algorithm>
#include <atomic>
#include <dnnl.hpp>
#include <stdexcept>

namespace hourglass::compute {
namespace {

/// Tiles of c are fixed and each is computed by one thread. If oneDNN itself split a product over threads, it could
/// split the inner dimension, and the sums would depend on the number of threads. Tiles are large enough to keep the
/// kernels busy.
constexpr std::int64_t kTileRows = 256, kTileColumns = 512;

}  // namespace

void gemm(std::int64_t rows, std::int64_t columns, std::int64_t inner, MatrixView a, MatrixView b, float* c,
          std::int64_t c_stride, bool accumulate) {
  const auto down = (rows + kTileRows - 1) / kTileRows, across = (columns + kTileColumns - 1) / kTileColumns;
  std::atomic<bool> failed = false;
#pragma omp parallel
  {
    // Affects only this thread's task. A region of one thread does not count as parallel, so oneDNN would otherwise use
    // all threads in it.
    omp_set_num_threads(1);
#pragma omp for schedule(dynamic) collapse(2)
    for (std::int64_t i = 0; i < down; ++i) {
      for (std::int64_t j = 0; j < across; ++j) {
        const auto row = i * kTileRows, column = j * kTileColumns;
        const auto status = dnnl_sgemm(a.transposed ? 'T' : 'N', b.transposed ? 'T' : 'N',
                                       std::min(kTileRows, rows - row), std::min(kTileColumns, columns - column), inner,
                                       1.0F, a.data + (a.transposed ? row : row * a.stride), a.stride,
                                       b.data + (b.transposed ? column * b.stride : column), b.stride,
                                       accumulate ? 1.0F : 0.0F, c + row * c_stride + column, c_stride);
        if (status != dnnl_success) failed = true;
      }
    }
  }
  if (failed) {
    throw std::runtime_error("oneDNN refused a matrix product [" + std::to_string(rows) + ", " + std::to_string(inner) +
                             "] x [" + std::to_string(inner) + ", " + std::to_string(columns) + "]");
  }
}

}  // namespace hourglass::compute

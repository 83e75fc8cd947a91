// Matrix products outside networks: fits, projections, classifiers.
#pragma once

#include <cstdint>

namespace hourglass::compute {

/// A non-owning view of a row-major matrix of floats, plain or transposed.
struct MatrixView {
  const float* data;
  std::int64_t stride;  ///< floats from one stored row to the next
  bool transposed = false;
};

/// Computes c = a * b, or c += a * b with `accumulate`; after transposition a is [rows, inner] and b is [inner,
/// columns]; c is row-major with `c_stride`. The same bits on any number of threads. Throws std::runtime_error if
/// oneDNN refuses.
void gemm(std::int64_t rows, std::int64_t columns, std::int64_t inner, MatrixView a, MatrixView b, float* c,
          std::int64_t c_stride, bool accumulate = false);

}  // namespace hourglass::compute

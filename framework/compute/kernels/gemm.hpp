// Matrix products for everything beside networks: fits, projections, classifiers.
#pragma once

#include <cstdint>

namespace hourglass::compute {

/// A row-major matrix of floats in somebody else's memory, taken as it is or transposed.
struct MatrixView {
  const float* data;
  std::int64_t stride;  ///< floats from one stored row to the next
  bool transposed = false;
};

/// Computes c = a * b, or c += a * b with `accumulate`; a is [rows, inner], b is [inner, columns] after their
/// transpositions, c is row-major with `c_stride`. The same bits on any number of threads. Throws std::runtime_error
/// when oneDNN refuses.
void gemm(std::int64_t rows, std::int64_t columns, std::int64_t inner, MatrixView a, MatrixView b, float* c,
          std::int64_t c_stride, bool accumulate = false);

}  // namespace hourglass::compute

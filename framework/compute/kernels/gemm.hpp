// Matrix products in tiles that do not depend on the number of threads: those of fits, projections and classifiers, and
// those of networks that oneDNN would split by it.
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

/// The rows or the columns [begin, end) of a tile.
struct Stretch {
  std::int64_t begin, end;

  std::int64_t size() const { return end - begin; }
};

/// Returns the index-th of `pieces` nearly equal pieces of [0, count), cut at multiples of `unit`.
Stretch piece_of(std::int64_t count, std::int64_t unit, std::int64_t pieces, std::int64_t index);

/// Computes one tile of what gemm() does, on one thread when it is called in a body of parallel_tasks(). Returns false
/// when oneDNN refuses.
[[nodiscard]] bool gemm_tile(Stretch rows, Stretch columns, std::int64_t inner, MatrixView a, MatrixView b, float* c,
                             std::int64_t c_stride, bool accumulate);

}  // namespace hourglass::compute

// Matrix products that skip the zeros of one operand.
#pragma once

#include <cstdint>

#include "compute/ops/operation.hpp"

namespace hourglass::compute {

/// A matrix [rows, columns] in which only the listed elements differ from zero; `values` are in the order of the list.
struct SparseMatrix {
  std::int64_t rows;
  RowList list;
  const float* values;
};

/// Collects the listed elements of dense [rows, columns]. Like all of these, uses all threads.
void gather_listed(const float* dense, std::int64_t columns, std::int64_t rows, const RowList& list, float* values);

/// Computes c [rows, width] = a [rows, columns] * b [columns, width] + bias [width] (unless null), or adds to c with
/// `add`.
void multiply_sparse(const SparseMatrix& a, const float* b, std::int64_t width, const float* bias, float* c, bool add);

/// The backward pass of c [N, width] = x [N, K] * w [K, width], by the columns of x, so that each row of w is read
/// once.
struct SparseBackward {
  SparseMatrix x_transposed;  ///< [K, N]
  std::int64_t width;
  const float* w;
  const float* dc;  ///< [N, width]
  float* dw;        ///< [K, width], or null
  bool add_dw;      ///< adds to dw instead of writing it
  float* dx;        ///< [N, K], of which only the listed elements are accessed
  bool add_dx;
};
void backward_of_sparse(const SparseBackward& task);

}  // namespace hourglass::compute

// The loops of sums, differences, products and quotients. Single-threaded; callers split the work.
#pragma once

#include <cstdint>

#include "hourglass/operation.hpp"

namespace hourglass::compute {

/// y = a (op) b, element by element.
void binary(op::BinaryKind kind, const float* a, const float* b, float* y, std::int64_t count);

/// Computes the gradient of a (of b, with `second`), g = f(a, b, dy), element by element, or adds it.
void binary_backward(op::BinaryKind kind, bool second, const float* a, const float* b, const float* dy, float* g,
                     std::int64_t count, bool add);

/// The strides of an operand from one row and from one column to the next; 0: broadcast.
struct Steps {
  std::int64_t row = 0, column = 0;
};

/// y [rows, columns] = a (op) b.
void binary_rows(op::BinaryKind kind, const float* a, Steps a_steps, const float* b, Steps b_steps, float* y,
                 std::int64_t rows, std::int64_t columns);

/// Computes the gradient of a (of b, with `second`), which has the operand's layout. Without `add`, no element may be
/// broadcast.
void binary_rows_backward(op::BinaryKind kind, bool second, const float* a, Steps a_steps, const float* b,
                          Steps b_steps, const float* dy, float* g, std::int64_t rows, std::int64_t columns, bool add);

}  // namespace hourglass::compute

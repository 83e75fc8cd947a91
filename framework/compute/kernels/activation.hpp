// The element-wise non-linearities and their derivatives, as loops over arrays. Single-threaded; callers split the
// work.
#pragma once

#include <cstdint>

#include "hourglass/graph.hpp"

namespace hourglass::compute {

/// Number of columns per block in reductions over the batch: two vector registers, and enough blocks for many threads.
inline constexpr std::int64_t kColumnBlock = 32;

/// Returns whether the derivative is computed from the input; if not, from the output.
bool derivative_reads_input(Activation kind);

/// y = f(x); y may be x.
void activate(Activation kind, float alpha, const float* x, float* y, std::int64_t count);

/// y = f(y + bias) in place on a block [rows, columns] with rows `stride` apart; without bias [columns] when it is
/// null.
void finish_rows(Activation kind, float alpha, const float* bias, float* y, std::int64_t rows, std::int64_t columns,
                 std::int64_t stride);

/// dx = f' * dy, or dx += f' * dy with `add`; `from` is the input or the output (derivative_reads_input). dx may be dy.
void activate_backward(Activation kind, float alpha, const float* from, const float* dy, float* dx, std::int64_t count,
                       bool add);

/// Computes dy = f' * dy in place on a block of [rows, columns] with rows `stride` apart and at most kColumnBlock
/// columns, and writes the sum of each column to `sums` (or adds it). For `identity`, dy is only summed, and `from` may
/// be dy.
void activate_backward_columns(Activation kind, float alpha, const float* from, float* dy, std::int64_t rows,
                               std::int64_t columns, std::int64_t stride, float* sums, bool add);

}  // namespace hourglass::compute

// The loops of norms over the columns of [rows, columns]: statistics, normalisation, and the gradients of both.
// Single-threaded; callers split the rows.
#pragma once

#include <cstdint>

namespace hourglass::compute {

/// sums = the sum of each column of x.
void column_sums(const float* x, std::int64_t rows, std::int64_t columns, float* sums);

/// sums = the sum of (x - mean)^2 of each column.
void column_squares(const float* x, const float* mean, std::int64_t rows, std::int64_t columns, float* sums);

/// y = (x - mean) * factor + shift, column by column.
void normalise_columns(const float* x, const float* mean, const float* factor, const float* shift, float* y,
                       std::int64_t rows, std::int64_t columns);

/// sums = the sum of dy, products = the sum of dy * (x - mean), of each column.
void column_gradients(const float* x, const float* mean, const float* dy, std::int64_t rows, std::int64_t columns,
                      float* sums, float* products);

/// dx = dy * factor + (x - mean) * slope + shift, column by column, or added to it; dx may be dy.
void normalise_columns_backward(const float* x, const float* mean, const float* dy, const float* factor,
                                const float* slope, const float* shift, float* dx, std::int64_t rows,
                                std::int64_t columns, bool add);

/// Returns how many narrow rows to treat as one, so that its columns fill vector registers: a divisor of `rows`. Column
/// c of the combined row belongs to column c % columns.
std::int64_t rows_together(std::int64_t rows, std::int64_t columns);

}  // namespace hourglass::compute

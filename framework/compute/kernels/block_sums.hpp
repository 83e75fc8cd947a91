// Sums and checks over whole arrays, in double precision over fixed blocks: the same bits on any number of threads.
#pragma once

#include <cstdint>

namespace hourglass::compute {

double sum(const float* values, std::int64_t count);
double sum_of_squares(const float* values, std::int64_t count);
bool all_finite(const float* values, std::int64_t count);

/// Sums the columns of [rows, columns], times `scale`, into `sums`, or adds them to it. Uses all threads.
void sum_columns(const float* values, std::int64_t rows, std::int64_t columns, float scale, float* sums, bool add);

}  // namespace hourglass::compute

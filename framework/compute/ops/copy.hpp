// Copies rows, for operations that only move numbers.
#pragma once

#include <cstdint>

namespace hourglass::compute {

/// Copies `rows` rows of `count` numbers, or adds them to the destination; rows are `from_stride` and `to_stride`
/// apart. Uses all threads.
void copy_rows(const float* from, std::int64_t from_stride, float* to, std::int64_t to_stride, std::int64_t rows,
               std::int64_t count, bool add);

/// Copies `count` numbers, or adds them to the destination. Uses all threads.
void copy(const float* from, float* to, std::int64_t count, bool add);

}  // namespace hourglass::compute

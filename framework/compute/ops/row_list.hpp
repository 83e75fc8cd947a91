// Lists of the elements of a matrix that can differ from zero.
#pragma once

#include <cstdint>

#include "compute/ops/operation.hpp"

namespace hourglass::compute {

/// Converts the list of a matrix [rows, columns] to that of its transpose, in the same memory order: `transposed` has
/// begins [columns + 1]. `values`, if not null, are in the order of `list` and are written to `transposed_values` in
/// the order of `transposed`.
void transpose_list(const RowList& list, std::int64_t rows, std::int64_t columns, const RowList& transposed,
                    const float* values = nullptr, float* transposed_values = nullptr);

}  // namespace hourglass::compute

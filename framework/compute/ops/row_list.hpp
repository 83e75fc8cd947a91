// Lists of the elements of a matrix that can differ from zero.
#pragma once

#include <cstdint>

#include "compute/ops/operation.hpp"

namespace hourglass::compute {

/// Turns the list of a matrix [rows, columns] into that of its transpose, in the same order of memory: `transposed` has
/// begins [columns + 1]. `values`, when not null, are in the order of `list` and come in that of `transposed` to
/// `transposed_values`.
void transpose_list(const RowList& list, std::int64_t rows, std::int64_t columns, const RowList& transposed,
                    const float* values = nullptr, float* transposed_values = nullptr);

}  // namespace hourglass::compute

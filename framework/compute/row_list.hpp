// Lists of the elements of a matrix that can differ from zero.
#pragma once

#include <cstdint>

#include "compute/ops/operation.hpp"

namespace hourglass::compute {

/// Turns the list of a matrix [rows, columns] into that of its transpose, in the same order of memory: `transposed` has
/// begins [columns + 1]. `origins`, when not null, gets for each element its place in `list`.
void transpose_list(const RowList& list, std::int64_t rows, std::int64_t columns, const RowList& transposed,
                    std::int32_t* origins);

}  // namespace hourglass::compute

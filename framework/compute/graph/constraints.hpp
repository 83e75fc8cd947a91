// Constraints on parameters, applied initially and after each update, and on their gradients.
#pragma once

#include <span>

#include "compute/graph/network.hpp"

namespace hourglass::compute {

/// Scales the rows of all parameters that are kept at unit rows to Euclidean norm 1; a row of zeros stays. Called at
/// the start and after every update; on all threads.
void apply_constraints(const Network& network, std::span<float> parameters);

/// Subtracts from each row of `gradient`, [R, D] like `parameter`, its component along the row of `values`; a row of
/// zeros has none. On all threads.
void remove_row_gradients(const ParameterRecord& parameter, const float* values, float* gradient);

}  // namespace hourglass::compute

// Constraints on parameters, applied initially and after each update.
#pragma once

#include <span>

#include "compute/graph/network.hpp"

namespace hourglass::compute {

/// Scales the rows of all parameters that are kept at unit rows to Euclidean norm 1; a row of zeros stays. Called at
/// the start and after every update; on all threads.
void apply_constraints(const Network& network, std::span<float> parameters);

}  // namespace hourglass::compute

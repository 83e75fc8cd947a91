// The first values of a network that is trained on a dataset.
#pragma once

#include <cstdint>

#include "compute/graph/model.hpp"
#include "subject/data_splits.hpp"

namespace hourglass::subject {

/// Draws the parameters of `model` with `seed` (compute::Model::initialise). Reads the training images once if a
/// parameter starts as their mean.
void initialise(compute::Model& model, const compute::Network& network, const Data& data, std::uint64_t seed);

}  // namespace hourglass::subject

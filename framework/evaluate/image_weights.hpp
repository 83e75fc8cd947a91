// The weights with which an encoder reads the image.
#pragma once

#include <vector>

#include "compute/graph/model.hpp"
#include "hourglass/task.hpp"
#include "subject/autoencoder.hpp"

namespace hourglass::evaluate {

/// See TrainedModel::image_weights(). Up to the layer, the image may have passed through operations that keep its size,
/// such as a shift by a bias, a dropout or another shape.
std::vector<ImageWeights> image_weights(const subject::Autoencoder& autoencoder, const compute::Model& model);

}  // namespace hourglass::evaluate

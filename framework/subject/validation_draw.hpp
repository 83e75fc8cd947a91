// Draws the validation set from the training images of a dataset that has none of its own.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace hourglass::subject {

/// The rows of a training split that remain for training and those drawn for validation, each in ascending order.
struct ValidationDraw {
  std::vector<std::int64_t> train, validation;
};

/// Draws `share`, in [0, 0.9], of `size` images (below 2^32) for validation, rounded down. Each of the `classes` gives
/// its proportional part (method of Sainte-Lague), and keeps an image for training as long as others can give one;
/// `labels` is [size], in [0, classes), or empty. The draw depends on nothing else: neither on the run's seed nor on
/// batches or threads.
ValidationDraw draw_validation(std::int64_t size, std::span<const std::int32_t> labels, std::int64_t classes,
                               double share);

}  // namespace hourglass::subject

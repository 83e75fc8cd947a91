// The sizes of a convolution. Convolutions and transposed convolutions are the same three passes between an image, a
// map and a weight; they differ in which of image and map is the input.
#pragma once

#include <cstdint>
#include <span>

#include "hourglass/operation.hpp"

namespace hourglass::compute {

/// image [N, C, H, W] * weight [O, C / groups, kh, kw] -> map [N, O, H', W'].
struct ConvShape {
  std::int64_t batch = 1, groups = 1;
  std::int64_t image_channels = 1, map_channels = 1;  ///< C and O
  Extent image = {1, 1}, map = {1, 1}, kernel = {1, 1};
  Window window;

  std::int64_t image_size() const { return image_channels * image[0] * image[1]; }  ///< of one sample
  std::int64_t map_size() const { return map_channels * map[0] * map[1]; }          ///< of one sample
  std::int64_t weight_size() const { return map_channels * (image_channels / groups) * kernel[0] * kernel[1]; }
  double flops() const {
    return 2.0 * static_cast<double>(batch * map[0] * map[1]) * static_cast<double>(weight_size());
  }
};

/// Checks an operation's inputs (x, weight and optionally bias) and returns the sizes for a batch of one. Throws
/// std::invalid_argument with the shapes received and the shapes expected.
ConvShape conv_shape(const op::Conv2d& conv, std::span<const Shape> inputs);
ConvShape conv_shape(const op::ConvTranspose2d& conv, std::span<const Shape> inputs);

}  // namespace hourglass::compute

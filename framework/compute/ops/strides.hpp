// The positions of a tensor's elements, whatever its layout.
#pragma once

#include <cstdint>
#include <vector>

#include "compute/ops/operation.hpp"

namespace hourglass::compute {

/// Returns the dimensions in memory order, without the batch: [H, W, C] of an image-shaped tensor in channels_last.
std::vector<std::int64_t> memory_dims(const Shape& shape, Layout layout);
/// Returns which of memory_dims() is dimension `axis`.
std::size_t memory_axis(const Shape& shape, Layout layout, int axis);
/// Returns the stride of each dimension, in the order of the shape's dimensions, without the batch.
std::vector<std::int64_t> strides_of(const Shape& shape, Layout layout);

/// Throws std::invalid_argument unless `axis` is a dimension of `inputs[0]`.
void check_axis(int axis, std::span<const Shape> inputs);

}  // namespace hourglass::compute

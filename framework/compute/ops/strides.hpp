// Where the elements of a tensor lie, whatever its layout.
#pragma once

#include <cstdint>
#include <vector>

#include "compute/ops/operation.hpp"

namespace hourglass::compute {

/// The dimensions in the order of memory, the batch apart: [H, W, C] of an image-shaped tensor in channels_last.
std::vector<std::int64_t> memory_dims(const Shape& shape, Layout layout);
/// Which of memory_dims() is dimension `axis`.
std::size_t memory_axis(const Shape& shape, Layout layout, int axis);
/// How far the neighbours in each dimension lie apart, in the order of the shape's dimensions, the batch apart.
std::vector<std::int64_t> strides_of(const Shape& shape, Layout layout);

/// Throws std::invalid_argument unless `axis` counts a dimension of `inputs[0]`.
void check_axis(int axis, std::span<const Shape> inputs);

}  // namespace hourglass::compute

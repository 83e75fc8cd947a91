// Orders of dimensions. If layouts do not differ in memory, either may be used.
#include "compute/ops/strides.hpp"

namespace hourglass::compute {
namespace {

bool channels_are_last(const Shape& shape, Layout layout) {
  return layout == Layout::channels_last && shape.dims.size() == 3;
}

}  // namespace

std::vector<std::int64_t> memory_dims(const Shape& shape, Layout layout) {
  const auto& dims = shape.dims;
  return channels_are_last(shape, layout) ? std::vector<std::int64_t>{dims[1], dims[2], dims[0]} : dims;
}

std::size_t memory_axis(const Shape& shape, Layout layout, int axis) {
  const auto index = static_cast<std::size_t>(axis);
  return channels_are_last(shape, layout) ? (index + 2) % 3 : index;
}

std::vector<std::int64_t> strides_of(const Shape& shape, Layout layout) {
  const auto& dims = shape.dims;
  if (channels_are_last(shape, layout)) return {1, dims[2] * dims[0], dims[0]};
  std::vector<std::int64_t> strides(dims.size());
  std::int64_t stride = 1;
  for (std::size_t i = dims.size(); i-- > 0;) {
    strides[i] = stride;
    stride *= dims[i];
  }
  return strides;
}

void check_axis(int axis, std::span<const Shape> inputs) {
  const auto rank = static_cast<int>(inputs[0].dims.size());
  if (axis >= 0 && axis < rank) return;
  const std::string allowed = rank == 0 ? "an input with axes" : "an axis from 0 to " + std::to_string(rank - 1);
  refuse_option(allowed + " besides the batch", "axis " + std::to_string(axis), inputs);
}

}  // namespace hourglass::compute

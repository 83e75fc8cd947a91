// Checks the shapes of a convolution.
#include "compute/ops/conv/conv_shape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "compute/ops/operation.hpp"

namespace hourglass::compute {
namespace {

std::string pair(const Extent& extent) { return fmt::format("{} x {}", extent[0], extent[1]); }

void check_window(const Window& window, std::int64_t groups) {
  if (std::min(window.stride[0], window.stride[1]) < 1) {
    throw std::invalid_argument("expects a stride of at least 1, but got " + pair(window.stride));
  }
  if (std::min(window.dilation[0], window.dilation[1]) < 1) {
    throw std::invalid_argument("expects a dilation of at least 1, but got " + pair(window.dilation));
  }
  if (std::min(window.padding[0], window.padding[1]) < 0) {
    throw std::invalid_argument("expects a padding of at least 0, but got " + pair(window.padding));
  }
  if (groups < 1) throw std::invalid_argument(fmt::format("expects at least 1 group, but got {}", groups));
}

void check_ranks(std::span<const Shape> inputs, const std::string& wanted) {
  if (inputs.size() != 2 && inputs.size() != 3) refuse_shapes(wanted, inputs);
  const Shape &x = inputs[0], &weight = inputs[1];
  if (!x.batched || x.dims.size() != 3 || weight.batched || weight.dims.size() != 4) refuse_shapes(wanted, inputs);
}

void check_channels(std::int64_t inputs, std::int64_t outputs, std::int64_t groups) {
  if (inputs % groups != 0 || outputs % groups != 0) {
    throw std::invalid_argument(
        fmt::format("expects channels that divide into {} groups, but got {} in and {} out", groups, inputs, outputs));
  }
}

// Returns the extent of the dilated kernel.
std::int64_t reach(const ConvShape& shape, int axis) {
  const auto i = static_cast<std::size_t>(axis);
  return shape.window.dilation[i] * (shape.kernel[i] - 1) + 1;
}

}  // namespace

ConvShape conv_shape(const op::Conv2d& conv, std::span<const Shape> inputs) {
  const std::string wanted = "x [N, C, H, W], weight [O, C / groups, kh, kw] and perhaps bias [O]";
  check_window(conv.window, conv.groups);
  check_ranks(inputs, wanted);
  const auto &x = inputs[0].dims, &weight = inputs[1].dims;
  check_channels(x[0], weight[0], conv.groups);
  if (weight[1] * conv.groups != x[0] || (inputs.size() == 3 && inputs[2] != Shape{{weight[0]}, false})) {
    refuse_shapes(conv.groups == 1 ? wanted : fmt::format("{} with {} groups", wanted, conv.groups), inputs);
  }
  ConvShape shape{.groups = conv.groups,
                  .image_channels = x[0],
                  .map_channels = weight[0],
                  .image = {x[1], x[2]},
                  .kernel = {weight[2], weight[3]},
                  .window = conv.window};
  for (int axis = 0; axis < 2; ++axis) {
    const auto i = static_cast<std::size_t>(axis);
    const std::int64_t room = shape.image[i] + 2 * conv.window.padding[i] - reach(shape, axis);
    if (room < 0) {
      throw std::invalid_argument(fmt::format(
          "expects an image at least as large as the kernel, but got {} with padding {} and a kernel that covers {} x "
          "{}; use a smaller kernel or more padding",
          to_string(inputs[0]), pair(conv.window.padding), reach(shape, 0), reach(shape, 1)));
    }
    shape.map[i] = room / conv.window.stride[i] + 1;
  }
  return shape;
}

ConvShape conv_shape(const op::ConvTranspose2d& conv, std::span<const Shape> inputs) {
  const std::string wanted = "x [N, C, H, W], weight [C, O / groups, kh, kw] and perhaps bias [O]";
  check_window(conv.window, conv.groups);
  check_ranks(inputs, wanted);
  const auto &x = inputs[0].dims, &weight = inputs[1].dims;
  const std::int64_t outputs = weight[1] * conv.groups;
  check_channels(x[0], outputs, conv.groups);
  if (weight[0] != x[0] || (inputs.size() == 3 && inputs[2] != Shape{{outputs}, false})) {
    refuse_shapes(conv.groups == 1 ? wanted : fmt::format("{} with {} groups", wanted, conv.groups), inputs);
  }
  ConvShape shape{.groups = conv.groups,
                  .image_channels = outputs,
                  .map_channels = x[0],
                  .map = {x[1], x[2]},
                  .kernel = {weight[2], weight[3]},
                  .window = conv.window};
  for (int axis = 0; axis < 2; ++axis) {
    const auto i = static_cast<std::size_t>(axis);
    if (conv.output_padding[i] < 0 || conv.output_padding[i] >= conv.window.stride[i]) {
      throw std::invalid_argument(
          fmt::format("expects an output padding of at least 0 and below the stride of {}, but got {}",
                      pair(conv.window.stride), pair(conv.output_padding)));
    }
    shape.image[i] = (shape.map[i] - 1) * conv.window.stride[i] - 2 * conv.window.padding[i] + reach(shape, axis) +
                     conv.output_padding[i];
    if (shape.image[i] < 1) {
      throw std::invalid_argument(
          fmt::format("expects a padding that leaves an output, but got {} for x {} and a kernel of {}",
                      pair(conv.window.padding), to_string(inputs[0]), pair(shape.kernel)));
    }
  }
  return shape;
}

}  // namespace hourglass::compute

// Naive convolutions: every product of a pixel of the image, a weight and a pixel of the map, one by one.
#pragma once

#include "compute/reference.hpp"

namespace hourglass::compute::test {

/// Inputs of a convolution: x, weight and perhaps bias.
struct ConvArguments {
  std::int64_t batch = 1;
  std::vector<const Numbers*> values;
  std::vector<Numbers*> gradients;
  std::vector<Shape> shapes;
};

/// Adds to y, which has the size of the output.
void conv_forward(const op::Conv2d& conv, const ConvArguments& arguments, Numbers& y);
void conv_forward(const op::ConvTranspose2d& conv, const ConvArguments& arguments, Numbers& y);
/// Adds to the gradients of the inputs.
void conv_backward(const op::Conv2d& conv, const ConvArguments& arguments, const Numbers& dy);
void conv_backward(const op::ConvTranspose2d& conv, const ConvArguments& arguments, const Numbers& dy);

}  // namespace hourglass::compute::test

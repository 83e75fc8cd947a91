// The kernel of convolutions, plain and transposed.
#pragma once

#include <memory>

#include "compute/ops/conv/conv_shape.hpp"
#include "compute/ops/operation.hpp"

namespace hourglass::compute {

/// Makes the kernel of y = conv(x, weight, bias). `transposed`: x is the map and y the image of `shape`.
std::unique_ptr<Kernel> conv_kernel(const KernelSpec& spec, const ConvShape& shape, bool transposed);

}  // namespace hourglass::compute

// Dense layers that skip the zeros of their input or of their output's gradient.
#pragma once

#include <memory>

#include "compute/ops/operation.hpp"

namespace hourglass::compute {

/// Returns the kernel of op::Dense that suits the lists of `spec`, or null if the dense products are faster.
std::unique_ptr<Kernel> sparse_dense_kernel(const KernelSpec& spec, bool transposed);

}  // namespace hourglass::compute

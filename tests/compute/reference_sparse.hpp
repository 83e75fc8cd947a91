// The naive reference of sparse codes.
#pragma once

#include "compute/reference.hpp"

namespace hourglass::compute::test {

/// Returns 1 for each element of x, [batch, K], that top-k keeps in training, and 0 for the others.
Numbers kept_of(const op::TopK& top_k, std::int64_t batch, const Numbers& x);

}  // namespace hourglass::compute::test

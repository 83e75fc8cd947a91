// The naive reference of sparse codes.
#pragma once

#include "compute/reference.hpp"

namespace hourglass::compute::test {

/// Says of each element of x, [batch, K], whether top-k keeps it in training: 1 or 0.
Numbers kept_of(const op::TopK& top_k, std::int64_t batch, const Numbers& x);

}  // namespace hourglass::compute::test

// The Fréchet distance of two sets of rows.
#pragma once

#include "hourglass/statistics.hpp"

namespace hourglass::evaluate {

/// See Statistics::frechet_distance(). Covariances are divided by the number of rows - 1.
double frechet_distance(const Rows& a, const Rows& b);

}  // namespace hourglass::evaluate

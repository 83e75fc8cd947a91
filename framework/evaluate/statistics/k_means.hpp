// Clustering by k-means.
#pragma once

#include "evaluate/stop.hpp"
#include "hourglass/statistics.hpp"

namespace hourglass::evaluate {

/// See Statistics::k_means(). Holds the rows in memory.
Clusters k_means(const Rows& rows, const ClusterOptions& options, Rng& rng, StopFlag stop);

/// Writes the index of the nearest of `centres`, [clusters, D], to each row of `rows`, [n, D]; the first of equally
/// near ones.
void assign(std::span<const float> rows, std::span<const float> centres, std::int64_t columns,
            std::span<std::int32_t> clusters);

}  // namespace hourglass::evaluate

// Euclidean distances between the rows of two sets, in blocks.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "evaluate/stop.hpp"
#include "hourglass/statistics.hpp"

namespace hourglass::evaluate {

/// Reads all rows into memory, [n, columns].
std::vector<float> read_all(const Rows& rows);

/// Returns the squared distance of two rows of `columns` numbers, in double precision.
double squared_distance(const float* a, const float* b, std::int64_t columns);

/// Throws std::invalid_argument unless both have rows of the same width; `what` begins the sentence.
void check_widths(const char* what, const Rows& a, const Rows& b);

/// A block of squared distances [queries, points], row-major. Those that are small compared with the norms of the rows,
/// which are centred on the points' mean, carry the rounding error of the norms.
struct DistanceBlock {
  std::int64_t first_query, queries, first_point, points;
  const float* squared;
};

/// Calls `body` for consecutive blocks of all pairs, the blocks of a query in the order of the points. `points` is held
/// in memory. Gives the same bits on any number of threads.
void for_each_distance(const Rows& points, const Rows& queries, StopFlag stop,
                       const std::function<void(const DistanceBlock&)>& body);

/// See Statistics::nearest().
Neighbours nearest(const Rows& points, const Rows& queries, std::int64_t k, StopFlag stop);

/// See Statistics::coverage().
Coverage coverage(const Rows& real, const Rows& generated, std::int64_t k, StopFlag stop);

}  // namespace hourglass::evaluate

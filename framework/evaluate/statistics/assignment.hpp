// The cheapest one-to-one assignment.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace hourglass::evaluate {

/// Returns the column of each row, such that each column is used once and the sum of costs [side, side] is smallest.
/// The Hungarian method with potentials (Kuhn 1955, Munkres 1957), side^3 steps.
std::vector<std::size_t> cheapest_assignment(std::span<const double> costs, std::size_t side);

}  // namespace hourglass::evaluate

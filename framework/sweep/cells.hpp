// What an experiment expands to: the frozen list of cells.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "experiment/config.hpp"
#include "run/cell.hpp"

namespace hourglass::sweep {

/// Expands [sweep.grid] (the product of its axes, the last varying fastest) and the seeds (fastest of all). Every cell
/// is checked; all problems are reported at once.
std::vector<run::Cell> expand(const experiment::Config& config);

}  // namespace hourglass::sweep

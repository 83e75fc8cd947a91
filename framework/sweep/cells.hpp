// Expands an experiment to its list of cells.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "experiment/config.hpp"
#include "run/cell.hpp"

namespace hourglass::sweep {

/// Expands [sweep.grid] (the product of its axes; the last axis varies fastest) and the seeds (which vary faster than
/// all axes). Checks every cell; throws a UserError with all problems.
std::vector<run::Cell> expand(const experiment::Config& config);

}  // namespace hourglass::sweep

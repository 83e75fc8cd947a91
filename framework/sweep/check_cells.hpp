// What can be known about cells before any of them runs.
#pragma once

#include <vector>

#include "sweep/cells.hpp"

namespace hourglass::sweep {

/// Opens the dataset, builds the network and makes the noise and the tasks of every configuration (seeds aside). All
/// problems are reported at once in a UserError.
void check_cells(const std::vector<run::Cell>& cells);

}  // namespace hourglass::sweep

// Checks cells before any of them runs.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "sweep/cells.hpp"

namespace hourglass::sweep {

/// Opens each dataset once, and builds the network and creates the noise and the tasks of every configuration (once for
/// all seeds, unless an experiment lists the cells already). Throws a UserError with all problems. Returns notes, which
/// are sentences with their locations.
std::set<std::string> check_cells(const std::vector<run::Cell>& cells);

}  // namespace hourglass::sweep

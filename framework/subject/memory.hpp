// Refuses networks that cannot fit into memory, before any of it is reserved.
#pragma once

#include "compute/graph/network.hpp"
#include "experiment/config.hpp"

namespace hourglass::subject {

/// Throws a UserError with the location of the largest width if the parameters alone need more memory than the machine
/// has.
void check_memory(const experiment::Config& config, const compute::Network& network);

}  // namespace hourglass::subject

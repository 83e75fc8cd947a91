// What the entries of repeated tables, such as [[task]], are called.
#pragma once

#include <vector>

#include "experiment/config.hpp"
#include "experiment/problems.hpp"
#include "experiment/schema.hpp"

namespace hourglass::experiment {

/// Fills Section::name of every entry of a repeated table. Names that are written with other characters than a to z, 0
/// to 9 and _, and names that two entries share, go to `problems`.
void name_entries(std::vector<Section>& tables, const Schema& schema, Problems& problems);

}  // namespace hourglass::experiment

// Names of the entries of repeated tables such as [[task]].
#pragma once

#include <vector>

#include "experiment/config.hpp"
#include "experiment/problems.hpp"
#include "experiment/schema.hpp"

namespace hourglass::experiment {

/// Sets Section::name of every entry of a repeated table. Reports to `problems` names with characters other than a to
/// z, 0 to 9 and _, names that two entries share, and names that belong to another alternative, whose results would mix
/// with those of the entry.
void name_entries(std::vector<Section>& tables, const Schema& schema, Problems& problems);

}  // namespace hourglass::experiment

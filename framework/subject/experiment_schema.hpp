// The schema of experiment files: the tables of plugins and those of training.
#pragma once

#include "experiment/schema.hpp"
#include "host/registry.hpp"

namespace hourglass::subject {

/// Returns every table and key that an experiment file may have with these plugins.
experiment::Schema schema(const host::Registry& registry);

}  // namespace hourglass::subject

// The schema of experiment files: the tables of plugins and those of training.
#pragma once

#include "host/registry.hpp"
#include "host/schema.hpp"

namespace hourglass::train {

/// Returns every table and key that an experiment file may have with these plugins.
host::Schema schema(const host::Registry& registry);

}  // namespace hourglass::train

// What [train] cannot ask for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "compute/graph/network.hpp"
#include "experiment/config.hpp"

namespace hourglass::subject {

/// Checks that the settings of [train], [train.optimizer] and [train.schedule] go together, with the network, of which
/// `layers` can be pretrained, and with the number of training images. All problems are in one UserError, each with its
/// place.
void check_settings(const experiment::Config& config, const compute::Network& network, std::int64_t images,
                    std::size_t layers = 0);

}  // namespace hourglass::subject

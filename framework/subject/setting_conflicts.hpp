// Checks settings of training that are allowed one by one but not together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "compute/graph/network.hpp"
#include "experiment/config.hpp"
#include "hourglass/noise.hpp"
#include "hourglass/value_range.hpp"

namespace hourglass::subject {

/// Checks that the settings of [train], [train.optimizer], [train.schedule] and [noise] are compatible with each other,
/// with the network, of which `layers` layers can be pretrained, and with the number of training images. Throws a
/// UserError with all problems, each with its location.
void check_settings(const experiment::Config& config, const compute::Network& network, std::int64_t images,
                    std::size_t layers = 0);

/// Checks that loss, output and noise suit the range of the data. Throws a UserError with all problems, each with its
/// location.
void check_range(const experiment::Config& config, const ValueRange& range, const Noise& noise);

}  // namespace hourglass::subject

// What [train] cannot ask for.
#pragma once

#include <cstdint>
#include <string_view>

#include "compute/network.hpp"
#include "host/config.hpp"

namespace hourglass::train {

/// Returns where the value of one of the chosen alternative's keys was written.
const host::Origin& origin_of(const host::Table& table, std::string_view key);

/// Checks that the settings of [train], [train.optimizer] and [train.schedule] go together, with the network and with
/// the number of training images. All problems are in one UserError, each with its place.
void check_settings(const host::Config& config, const compute::Network& network, std::int64_t images);

}  // namespace hourglass::train

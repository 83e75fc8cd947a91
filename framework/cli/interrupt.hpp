// Ctrl-C: the first asks a run to stop cleanly, the second ends the program.
#pragma once

#include <atomic>

namespace hourglass::cli {

/// Becomes true at the first SIGINT or SIGTERM; from then on a second one ends the program. Installs the handlers at
/// the first call.
const std::atomic<bool>& stop_requested();

}  // namespace hourglass::cli

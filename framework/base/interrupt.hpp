// Ctrl-C: the first one asks a run to stop cleanly, the second one ends the program.
#pragma once

#include <atomic>

namespace hourglass::base {

/// Returns a flag that becomes true at the first SIGINT or SIGTERM; a second signal ends the program. The first call
/// takes over the signals and must happen before the engine starts any thread.
const std::atomic<bool>& stop_requested();

}  // namespace hourglass::base

// Ctrl-C: the first asks a run to stop cleanly, the second ends the program.
#pragma once

#include <atomic>

namespace hourglass::base {

/// Becomes true at the first SIGINT or SIGTERM; a second one ends the program. The first call takes the signals over;
/// it must come before the engine starts any thread.
const std::atomic<bool>& stop_requested();

}  // namespace hourglass::base

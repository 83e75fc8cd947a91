// Ctrl-C: the first one asks a run to stop cleanly, the second one ends the program.
#pragma once

#include <atomic>

namespace hourglass::base {

/// Returns a flag that becomes true at the first SIGINT or SIGTERM. If the work has not stopped half a second later,
/// because a plugin does not return, or at a second signal, the process ends: all files are written whole or not at
/// all, so the same command continues from the last checkpoint. The first call takes over the signals and must happen
/// before the engine starts any thread.
const std::atomic<bool>& stop_requested();

/// Says that the work has stopped: what is left to do may take its time.
void work_has_stopped();

/// Returns the exit code of an interrupted command: 130 after SIGINT, 143 after SIGTERM.
int interrupted_code();

}  // namespace hourglass::base

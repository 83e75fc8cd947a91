// How long idle threads of the engine spin before they sleep.
#pragma once

namespace hourglass::base {

/// Restarts the program with GOMP_SPINCOUNT set, unless it or OMP_WAIT_POLICY is already set; costs about 4 ms. By
/// default, libgomp lets a waiting thread hold its core for milliseconds: while another process was busy, training was
/// observed to take 17 times as long. The gaps between two parallel loops of a step are microseconds, so a short spin
/// costs nothing on an idle machine. libgomp reads its environment when it is loaded, before any code of this program
/// runs, hence the restart.
void limit_spinning(char** arguments);

}  // namespace hourglass::base

// How long idle threads of the engine spin before they sleep.
#pragma once

namespace hourglass::base {

/// Starts the program again with GOMP_SPINCOUNT set, unless it or OMP_WAIT_POLICY is set already; costs some 4 ms.
/// libgomp's own default lets a waiting thread hold its core for milliseconds: beside another busy process training was
/// seen to take 17 times as long. The gaps between two parallel loops of a step are microseconds, so a short spin loses
/// nothing on an idle machine. libgomp reads its environment when it is loaded, before any code of this program, hence
/// the second start.
void limit_spinning(char** arguments);

}  // namespace hourglass::base

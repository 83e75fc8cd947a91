// The largest number of threads that a parallel loop can have.
#pragma once

namespace hourglass::compute {

/// Returns the limit that OMP_THREAD_LIMIT sets: teams are smaller than asked for beyond it.
int most_threads();

}  // namespace hourglass::compute

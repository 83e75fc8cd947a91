// The clock of the processor's cores, measured.
#pragma once

#include <optional>

namespace hourglass::bench {

/// Returns the clock in Hz that the cores keep while all compute::threads() work, as the mean of the threads: each
/// counts additions that depend on each other, which take one cycle each, and keeps its fastest of several short
/// repetitions. Takes about 50 ms. Wide vector instructions may lower the clock below this. Returns nothing on a
/// processor for which this loop is not written.
std::optional<double> measure_clock();

}  // namespace hourglass::bench

// Starts what ends the process if the system refuses it memory: the threads of parallel loops and oneDNN's kernels.
#pragma once

namespace hourglass::compute {

/// Starts the threads that parallel loops use and compiles oneDNN's kernels for matrix products, unless that was done
/// before, and makes sure that further kernels find memory. Throws UserError with what is missing if the system refuses
/// a thread or memory. Call it before primitives are created. Main thread only.
void start_engine();

}  // namespace hourglass::compute

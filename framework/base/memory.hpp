// How much memory the machine lets this process use.
#pragma once

namespace hourglass::base {

/// Returns the bytes of memory that this process can use at most: those of the machine, or of its container if that has
/// a limit. Thread-safe.
double usable_memory();

}  // namespace hourglass::base

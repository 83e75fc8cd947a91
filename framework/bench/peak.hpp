// The theoretical peak of a processor: what its multipliers could do if they never waited.
#pragma once

#include <string>

#include "compute/kernels/precision.hpp"

namespace hourglass::bench {

/// What decides the peak, of this machine or of a test.
struct Processor {
  bool avx512 = false, avx512_bf16 = false, amx = false;
  bool halves_avx512 = false;  ///< executes 512-bit instructions in two halves, as Zen 4 does
  int cores = 1;               ///< physical ones that this process may use
};

/// Describes this machine.
Processor this_processor();

struct Peak {
  int cores = 1;
  double clock = 0;  ///< Hz
  int lanes = 8;     ///< multiplications that one instruction makes, per cycle
  int units = 2;     ///< for such instructions, per core

  /// Returns floating-point operations per second: a multiplication and an addition in every lane of every unit.
  double rate() const { return 2.0 * cores * clock * lanes * units; }
  /// Returns the product that gives rate(): "2 cores x 3.25 GHz (measured) x 8 lanes x 2 FMA units x 2".
  std::string formula() const;
};

/// Returns the peak of `threads` threads, of which a core runs one or several, at a clock in Hz. Assumes two FMA units
/// per core, as in x86 server processors with AVX2 or AVX-512; where 512-bit instructions execute in halves, both units
/// work on one. Some Intel processors have one unit for 512-bit instructions: their peak is half of this. For AMX, a
/// lane is an element of a tile's product: 512 per cycle, one unit.
Peak peak_of(const Processor& processor, compute::Precision precision, int threads, double clock);

}  // namespace hourglass::bench

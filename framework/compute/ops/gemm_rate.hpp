// Measures how fast this machine multiplies matrices: the ceiling for training steps.
#pragma once

#include <cstdint>
#include <optional>

#include "compute/kernels/precision.hpp"

namespace hourglass::compute {

/// Returns the floating-point operations per second of oneDNN's product [m, k] * [k, n], on all threads(): the best of
/// five repetitions of at least `seconds` each, with the second matrix in plain or in oneDNN's own layout, whichever is
/// faster. Inputs and output have this precision. Returns nothing if oneDNN has no such product.
std::optional<double> gemm_rate(std::int64_t m, std::int64_t k, std::int64_t n, Precision precision, double seconds);

}  // namespace hourglass::compute

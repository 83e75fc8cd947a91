// How fast this machine multiplies matrices: the ceiling that training steps are compared with.
#pragma once

#include <cstdint>
#include <optional>

#include "compute/kernels/precision.hpp"

namespace hourglass::compute {

/// Returns the floating-point operations a second of oneDNN's product [m, k] * [k, n], on all threads(): the best of
/// five repetitions of at least `seconds` each, on plain or oneDNN's own layout of the second matrix, whichever is
/// faster. Inputs and output are of this precision. Nothing where oneDNN has no such product.
std::optional<double> gemm_rate(std::int64_t m, std::int64_t k, std::int64_t n, Precision precision, double seconds);

}  // namespace hourglass::compute

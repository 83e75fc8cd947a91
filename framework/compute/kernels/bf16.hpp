// bfloat16, the upper half of a float: what the matrix units of newer processors multiply.
#pragma once

#include <cstdint>

namespace hourglass::compute {

/// Floats that `count` bf16 numbers take, on a 64-byte boundary.
constexpr std::int64_t bf16_floats(std::int64_t count) { return (count + 31) / 32 * 16; }

/// Rounds to the nearest bf16, ties to even; a NaN stays one. On all threads.
void to_bf16(const float* from, std::uint16_t* to, std::int64_t count);
/// The same on one thread.
void to_bf16_block(const float* from, std::uint16_t* to, std::int64_t count);

}  // namespace hourglass::compute

// bfloat16, the upper half of a float: the operand format of the matrix units of recent processors.
#pragma once

#include <cstdint>

namespace hourglass::compute {

/// Returns the number of floats that `count` bf16 numbers occupy, on a 64-byte boundary.
constexpr std::int64_t bf16_floats(std::int64_t count) { return (count + 31) / 32 * 16; }

/// Rounds to the nearest bf16, ties to even; a NaN stays a NaN. Uses all threads.
void to_bf16(const float* from, std::uint16_t* to, std::int64_t count);
/// The same on one thread.
void to_bf16_block(const float* from, std::uint16_t* to, std::int64_t count);

}  // namespace hourglass::compute

// Rounds by operating on the bits of a float.
#include "compute/kernels/bf16.hpp"

#include "base/multiversion.hpp"
#include "compute/kernels/parallel.hpp"

namespace hourglass::compute {
HOURGLASS_MULTIVERSION void to_bf16_block(const float* from, std::uint16_t* to, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    const auto bits = __builtin_bit_cast(std::uint32_t, from[i]);
    const std::uint32_t nearest = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
    const std::uint32_t quiet = (bits >> 16) | 0x40u;  // rounding could carry a NaN into an infinity or a zero
    to[i] = static_cast<std::uint16_t>((bits & 0x7fffffffu) > 0x7f800000u ? quiet : nearest);
  }
}

void to_bf16(const float* from, std::uint16_t* to, std::int64_t count) {
  constexpr std::int64_t kBlock = 16384;
  parallel_blocks(count, kBlock,
                  [&](std::int64_t begin, std::int64_t end) { to_bf16_block(from + begin, to + begin, end - begin); });
}

}  // namespace hourglass::compute

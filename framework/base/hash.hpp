// The hash used for all contents: XXH3 with 128 bits.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace hourglass::base {

/// Returns the XXH3 128-bit hash of bytes as 32 hexadecimal digits.
std::string hash_hex(std::span<const std::uint8_t> bytes);
std::string hash_hex(std::string_view text);

}  // namespace hourglass::base

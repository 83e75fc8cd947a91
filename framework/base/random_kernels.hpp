// The arithmetic of PhiloxRng on groups of counters, written so that compilers vectorise it and every instruction set
// gives the same bits: no library functions except the exact square root, and no fused multiply-add. Files that include
// it are compiled with -ffp-contract=off, and with -fno-math-errno, without which the square root is not vectorised.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace hourglass::base::random_kernels {

#define HOURGLASS_KERNEL [[gnu::always_inline]] static inline

/// Number of four-word blocks computed together.
constexpr int kLanes = 32;
/// Number of words in one group of blocks.
constexpr int kGroup = 4 * kLanes;

/// Word `w` of block `lane`.
struct Words {
  alignas(64) std::uint32_t word[4][kLanes];
};

/// Philox 4x32 with 10 rounds (Salmon et al. 2011) of the counters (first + lane, c1, c2, c3).
HOURGLASS_KERNEL void philox(const std::uint32_t* key, std::uint32_t first, const std::uint32_t* counter, Words& out) {
  for (int lane = 0; lane < kLanes; ++lane) {
    std::uint32_t c0 = first + static_cast<std::uint32_t>(lane), c1 = counter[1], c2 = counter[2], c3 = counter[3];
    std::uint32_t k0 = key[0], k1 = key[1];
#pragma GCC unroll 10
    for (int round = 0; round < 10; ++round) {
      const std::uint64_t p0 = std::uint64_t{0xD2511F53} * c0, p1 = std::uint64_t{0xCD9E8D57} * c2;
      const auto high0 = static_cast<std::uint32_t>(p0 >> 32), high1 = static_cast<std::uint32_t>(p1 >> 32);
      c0 = high1 ^ c1 ^ k0;
      c1 = static_cast<std::uint32_t>(p1);
      c2 = high0 ^ c3 ^ k1;
      c3 = static_cast<std::uint32_t>(p0);
      k0 += 0x9E3779B9;
      k1 += 0xBB67AE85;
    }
    out.word[0][lane] = c0;
    out.word[1][lane] = c1;
    out.word[2][lane] = c2;
    out.word[3][lane] = c3;
  }
}

/// Natural logarithm of x in [2^-32, 1]; polynomial of Cephes' logf, error below 1e-7 of the result.
HOURGLASS_KERNEL float log_of(float x) {
  const auto bits = std::bit_cast<std::int32_t>(x);
  const std::int32_t exponent = (bits - 0x3F3504F3) >> 23;  // x = m * 2^exponent, m in [sqrt(1/2), sqrt(2))
  const float f = std::bit_cast<float>(bits - exponent * (1 << 23)) - 1.0f;
  const float e = static_cast<float>(exponent);
  const float square = f * f;
  float p = 7.0376836292e-2f;
  p = p * f - 1.1514610310e-1f;
  p = p * f + 1.1676998740e-1f;
  p = p * f - 1.2420140846e-1f;
  p = p * f + 1.4249322787e-1f;
  p = p * f - 1.6668057665e-1f;
  p = p * f + 2.0000714765e-1f;
  p = p * f - 2.4999993993e-1f;
  p = p * f + 3.3333331174e-1f;
  p = p * f * square + e * -2.12194440e-4f - 0.5f * square;
  return f + p + e * 0.693359375f;
}

/// Converts two words to two independent normal numbers (Box & Muller 1958). The radius uses 31 bits of `a`, so that
/// the tails reach 6.6; the angle uses all of `b`.
HOURGLASS_KERNEL void box_muller(std::uint32_t a, std::uint32_t b, float& x, float& y) {
  const float u = (static_cast<float>(static_cast<std::int32_t>(a >> 1)) + 0.5f) * 0x1p-31f;  // (0, 1]
  const float radius = std::sqrt(-2.0f * log_of(u));

  // 2 pi b / 2^32 = quarter * pi / 2 + angle, with angle in [-pi / 4, pi / 4).
  const std::uint32_t quarter = (b + 0x20000000u) >> 30;
  const float angle = static_cast<float>(static_cast<std::int32_t>(b - (quarter << 30))) * 1.4629180792671596e-9f;
  const float square = angle * angle;
  float sine = -1.9515295891e-4f;
  sine = sine * square + 8.3321608736e-3f;
  sine = sine * square - 1.6666654611e-1f;
  sine = sine * square * angle + angle;
  float cosine = 2.443315711809948e-5f;
  cosine = cosine * square - 1.388731625493765e-3f;
  cosine = cosine * square + 4.166664568298827e-2f;
  cosine = cosine * square * square - 0.5f * square + 1.0f;

  const std::uint32_t swap = 0u - (quarter & 1u);
  const auto s = std::bit_cast<std::uint32_t>(sine), c = std::bit_cast<std::uint32_t>(cosine);
  const std::uint32_t first = (c & ~swap) | (s & swap), second = (s & ~swap) | (c & swap);
  x = radius * std::bit_cast<float>(first ^ (((quarter + 1) & 2u) << 30));
  y = radius * std::bit_cast<float>(second ^ ((quarter & 2u) << 30));
}

HOURGLASS_KERNEL void store_bits(const Words& words, std::uint32_t* out) {
  for (int lane = 0; lane < kLanes; ++lane) {
    for (int w = 0; w < 4; ++w) out[4 * lane + w] = words.word[w][lane];
  }
}

HOURGLASS_KERNEL void store_uniform(const Words& words, float* out) {
  for (int lane = 0; lane < kLanes; ++lane) {
    for (int w = 0; w < 4; ++w) {
      out[4 * lane + w] = static_cast<float>(static_cast<std::int32_t>(words.word[w][lane] >> 8)) * 0x1p-24f;
    }
  }
}

HOURGLASS_KERNEL void store_normal(const Words& words, float* out) {
  alignas(64) float normal[4][kLanes];
  for (int lane = 0; lane < kLanes; ++lane) {
    box_muller(words.word[0][lane], words.word[1][lane], normal[0][lane], normal[1][lane]);
  }
  for (int lane = 0; lane < kLanes; ++lane) {
    box_muller(words.word[2][lane], words.word[3][lane], normal[2][lane], normal[3][lane]);
  }
  for (int lane = 0; lane < kLanes; ++lane) {
    for (int w = 0; w < 4; ++w) out[4 * lane + w] = normal[w][lane];
  }
}

/// Fills `groups` groups of kGroup numbers, starting at `counter`.
HOURGLASS_KERNEL void fill_bits(const std::uint32_t* key, const std::uint32_t* counter, std::int64_t groups,
                                std::uint32_t* out) {
  for (std::int64_t group = 0; group < groups; ++group) {
    Words words;
    philox(key, counter[0] + static_cast<std::uint32_t>(group * kLanes), counter, words);
    store_bits(words, out + group * kGroup);
  }
}
HOURGLASS_KERNEL void fill_uniform(const std::uint32_t* key, const std::uint32_t* counter, std::int64_t groups,
                                   float* out) {
  for (std::int64_t group = 0; group < groups; ++group) {
    Words words;
    philox(key, counter[0] + static_cast<std::uint32_t>(group * kLanes), counter, words);
    store_uniform(words, out + group * kGroup);
  }
}
HOURGLASS_KERNEL void fill_normal(const std::uint32_t* key, const std::uint32_t* counter, std::int64_t groups,
                                  float* out) {
  for (std::int64_t group = 0; group < groups; ++group) {
    Words words;
    philox(key, counter[0] + static_cast<std::uint32_t>(group * kLanes), counter, words);
    store_normal(words, out + group * kGroup);
  }
}

#undef HOURGLASS_KERNEL

}  // namespace hourglass::base::random_kernels

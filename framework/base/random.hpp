// The host's random numbers: counter-based (Philox 4x32-10, Salmon et al. 2011), so that any draw can be reproduced
// from its key alone, on any thread and in any order.
#pragma once

#include <cstdint>
#include <span>

#include "hourglass/random.hpp"

namespace hourglass::base {

/// The purposes of random numbers. Streams never share numbers. The values affect results: append, never renumber.
enum class Stream : std::uint32_t {
  initialisation = 1,
  order = 2,
  noise = 3,
  dropout = 4,
  task = 5,
  dataset = 6,
  labels = 7,
  evaluation_noise = 8,
  sampling = 9,
  code = 10,
  validation = 11,
  outliers = 20
};

/// One stream of numbers, keyed by (seed, stream, epoch, sample); `sample` is below 2^32. The same key gives the same
/// numbers on every machine and instruction set. Filling in pieces gives the same numbers as filling at once only if
/// the length of each piece except the last is a multiple of 4. Cheap to construct.
class PhiloxRng final : public Rng {
 public:
  PhiloxRng(std::uint64_t seed, Stream stream, std::uint64_t epoch, std::uint64_t sample);

  using Rng::normal;
  using Rng::uniform;
  void bits(std::span<std::uint32_t> out) override;
  void uniform(std::span<float> out) override;  ///< 24 bits each
  void normal(std::span<float> out) override;   ///< Box-Muller

 private:
  std::uint32_t key_[2];
  std::uint32_t counter_[4];  ///< [0] counts blocks of four words
};

/// Writes a random permutation of 0 ... order.size() - 1 (Fisher-Yates).
void shuffle(std::span<std::int64_t> order, Rng& rng);

}  // namespace hourglass::base

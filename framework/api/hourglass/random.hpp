// Random numbers for plugins. The host owns the generator and its keys.
#pragma once

#include <cstdint>
#include <span>

namespace hourglass {

/// A stream of random numbers with a key that the host derives from (seed, purpose, epoch, sample), so that the numbers
/// a plugin draws for one image depend on nothing else. Fill spans in bulk: single draws are slow. Do not share it
/// between threads.
class Rng {
 public:
  virtual ~Rng() = default;

  virtual void bits(std::span<std::uint32_t> out) = 0;  ///< independent, uniform over all 32-bit values
  virtual void uniform(std::span<float> out) = 0;       ///< independent, uniform in [0, 1)
  virtual void normal(std::span<float> out) = 0;        ///< independent, mean 0, variance 1

  /// Draws one number, uniform in [0, 1).
  float uniform() {
    float value;
    uniform({&value, 1});
    return value;
  }
  /// Draws one normal number of mean 0 and variance 1.
  float normal() {
    float value;
    normal({&value, 1});
    return value;
  }
  /// Draws an integer in [0, count); `count` is at least 1 and below 2^32.
  std::int64_t below(std::int64_t count) {
    std::uint32_t word;
    bits({&word, 1});
    return static_cast<std::int64_t>((static_cast<std::uint64_t>(word) * static_cast<std::uint64_t>(count)) >> 32);
  }
};

}  // namespace hourglass

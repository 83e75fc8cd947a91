// Gives single random numbers that are drawn from the generator in bulk.
#pragma once

#include <array>
#include <cstdint>

#include "hourglass/random.hpp"

namespace hourglass::shapes {

class Draws {
 public:
  explicit Draws(Rng& rng) : rng_(rng) {}

  /// Draws from [0, 1).
  float uniform() {
    if (next_ == numbers_.size()) {
      rng_.uniform(numbers_);
      next_ = 0;
    }
    return numbers_[next_++];
  }
  /// Draws an integer in [low, high].
  int between(int low, int high) { return low + static_cast<int>(uniform() * static_cast<float>(high - low + 1)); }

 private:
  Rng& rng_;
  std::array<float, 128> numbers_;
  std::size_t next_ = numbers_.size();
};

}  // namespace hourglass::shapes

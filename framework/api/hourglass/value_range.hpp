// The values that the samples of a dataset may have.
#pragma once

#include <cmath>
#include <limits>

namespace hourglass {

/// An interval, both ends included. Images are in [0, 1]; vectors, such as the activations of another network, often
/// have any value.
struct ValueRange {
  double min = 0, max = 1;

  /// Returns the range of values that may be any number.
  static constexpr ValueRange any() {
    return {-std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
  }

  bool bounded() const { return std::isfinite(min) && std::isfinite(max); }
  bool within_unit() const { return min >= 0 && max <= 1; }                   ///< inside [0, 1]
  bool contains(double value) const { return value >= min && value <= max; }  ///< false for NaN
  double width() const { return max - min; }                                  ///< infinite unless bounded
  bool operator==(const ValueRange&) const = default;
};

}  // namespace hourglass

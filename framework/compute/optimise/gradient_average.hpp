// The average gradient of several batches.
#pragma once

#include <cstdint>
#include <span>

#include "compute/kernels/buffer.hpp"

namespace hourglass::compute {

/// Averages the gradients of consecutive batches, each weighted with its share of the images. One pass per batch; the
/// same bits on any number of threads; only the constructor allocates.
class GradientAverage {
 public:
  /// Allocates memory for gradients of `size` floats.
  explicit GradientAverage(std::int64_t size) : sum_(size) {}

  /// Adds the gradients of any batch but the last one of an update; `first` discards the previous sum.
  void add(std::span<const float> gradients, double share, bool first);
  /// Replaces the gradients of the last batch by the average over all batches.
  void finish(std::span<float> gradients, double share) const;

 private:
  Buffer sum_;
};

}  // namespace hourglass::compute

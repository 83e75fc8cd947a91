// The gradient of several batches.
#pragma once

#include <cstdint>
#include <span>

#include "compute/kernels/buffer.hpp"

namespace hourglass::train {

/// Averages the gradients of consecutive batches, each with its share of their images. One pass a batch; the same bits
/// on any number of threads; only the constructor allocates.
class GradientAverage {
 public:
  /// For gradients of `size` floats; 0 where every update has one batch.
  explicit GradientAverage(std::int64_t size) : sum_(size) {}

  /// Takes the gradients of a batch that others follow; `first` forgets what came before.
  void add(std::span<const float> gradients, double share, bool first);
  /// Replaces the last batch's gradients by the average over all.
  void finish(std::span<float> gradients, double share) const;

 private:
  compute::Buffer sum_;
};

}  // namespace hourglass::train

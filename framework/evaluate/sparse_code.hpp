// Measures of a sparse code, reported for every run that has one.
#pragma once

#include "hourglass/task.hpp"

namespace hourglass::evaluate {

/// Reports of the test split's clean images: l0, the mean number of units that are not zero; dead_units, the share of
/// units that are zero for all images; explained_variance, 1 - squared error / squared deviation from the split's mean
/// image, both summed over images and pixels (Gao et al. 2024 state its complement). The last is left out where all
/// images are equal.
class SparseCode final : public Task {
 public:
  static constexpr const char* kName = "sparse_code";

  void run(TaskContext& context) const override;
};

}  // namespace hourglass::evaluate

// Measures sparse codes; reported for every run that has one.
#pragma once

#include "hourglass/task.hpp"
#include "subject/settings.hpp"

namespace hourglass::evaluate {

/// Reports for the test split's clean images: l0, the mean number of nonzero units; dead_units, the fraction of units
/// that are zero for all images; explained_variance, 1 - squared error / squared deviation from the split's mean image,
/// both summed over images and pixels (Gao et al. 2024 report its complement), omitted if all images are equal.
class SparseCode final : public Task {
 public:
  static constexpr const char* kName = subject::kSparseCodeTask;

  void run(TaskContext& context) const override;
};

}  // namespace hourglass::evaluate

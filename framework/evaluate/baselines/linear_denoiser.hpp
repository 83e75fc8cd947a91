// The best linear denoiser, by least squares from noisy to clean images; a denoising autoencoder must beat it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hourglass/task.hpp"

namespace hourglass::evaluate {

class LinearDenoiser {
 public:
  /// The largest image size, in numbers: the normal equations grow with its square.
  static constexpr std::int64_t kLargestImage = 3072;

  /// Fits weights and an intercept to all rows of `noisy` and `clean`, both [n, D].
  LinearDenoiser(const Rows& noisy, const Rows& clean);

  /// Writes the estimates of the clean images, which may lie outside [0, 1], [n, D] -> [n, D].
  void denoise(std::span<const float> noisy, std::span<float> out) const;

 private:
  std::vector<float> weights_, intercept_;  ///< [D, D] from noisy to clean, [D]
};

}  // namespace hourglass::evaluate

// Baselines that a model is compared with.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "hourglass/task.hpp"

namespace hourglass::evaluate {

/// The baselines of one run, each fitted at its first use on the dataset's whole train split, validation included, like
/// published values. Both rows must outlive it and the maps that it returns.
class Baselines {
 public:
  /// Fits on images `clean` and `noisy`, [n, D]; pca has `code_size` components.
  Baselines(const Rows& clean, const Rows& noisy, std::int64_t code_size)
      : clean_(clean), noisy_(noisy), code_size_(code_size) {}

  /// Returns "mean_image", "identity", "pca" if the code is narrower than an image, and, with `denoising`,
  /// "linear_denoiser" unless the images are too large for it.
  std::vector<std::string> names(bool denoising) const;

  /// Returns a baseline by name. Throws std::invalid_argument, which lists the names, for an unknown one.
  ImageMap map(std::string_view name);

 private:
  ImageMap fit(std::string_view name) const;
  /// With as many components as an image has pixels, PCA equals the identity.
  bool has_pca() const { return code_size_ < clean_.columns(); }

  const Rows& clean_;
  const Rows& noisy_;
  std::int64_t code_size_;
  std::map<std::string, ImageMap, std::less<>> fitted_;
};

}  // namespace hourglass::evaluate

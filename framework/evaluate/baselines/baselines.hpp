// What a model is compared with, each fitted once, at its first use.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "hourglass/task.hpp"

namespace hourglass::evaluate {

/// The baselines of one run. Fitted on the dataset's whole train split, validation included, as published values are.
/// Both rows must outlive it and the maps that it gives.
class Baselines {
 public:
  /// `clean` and `noisy` are the images [n, D] to fit on; pca gets as many components as the code has numbers.
  Baselines(const Rows& clean, const Rows& noisy, std::int64_t code_size)
      : clean_(clean), noisy_(noisy), code_size_(code_size) {}

  /// "mean_image", "identity", "pca" where the code is narrower than an image, and, with `denoising`, "linear_denoiser"
  /// unless the images are too large for it.
  std::vector<std::string> names(bool denoising) const;

  /// Returns a baseline by its name; std::invalid_argument with the names there are for any other.
  ImageMap map(std::string_view name);

 private:
  ImageMap fit(std::string_view name) const;
  /// With as many components as an image has pixels it would give back whatever it gets, as the identity does.
  bool has_pca() const { return code_size_ < clean_.columns(); }

  const Rows& clean_;
  const Rows& noisy_;
  std::int64_t code_size_;
  std::map<std::string, ImageMap, std::less<>> fitted_;
};

}  // namespace hourglass::evaluate

// Baselines that a model is compared with.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "hourglass/task.hpp"

namespace hourglass::evaluate {

/// The baselines of one run, each fitted at its first use on the images that the model is trained on. Both rows must
/// outlive it and the maps that it returns.
class Baselines {
 public:
  /// Fits on training images `clean` and `noisy`, [n, D]; pca has `code_size` components.
  Baselines(const Rows& clean, const Rows& noisy, std::int64_t code_size)
      : clean_(clean), noisy_(noisy), code_size_(code_size) {}

  /// Returns "mean_image", "identity" and "pca" if the code is narrower than an image. With `denoising`,
  /// "pca_denoiser" takes its place, and "linear_denoiser" is added unless the images are too large for it.
  std::vector<std::string> names(bool denoising) const;

  /// Returns a baseline by name. Throws std::invalid_argument, which lists the names, for an unknown one.
  ImageMap map(std::string_view name) { return fitted(name).map; }

  /// Returns how a baseline was fitted: "fitted on the 54000 training images"; "" for "identity".
  std::string protocol(std::string_view name) { return fitted(name).protocol; }

 private:
  struct Fitted {
    ImageMap map;
    std::string protocol;
  };

  const Fitted& fitted(std::string_view name);
  Fitted fit(std::string_view name) const;
  /// With as many components as an image has pixels, PCA equals the identity.
  bool has_pca() const { return code_size_ < clean_.columns(); }

  const Rows& clean_;
  const Rows& noisy_;
  std::int64_t code_size_;
  std::map<std::string, Fitted, std::less<>> fitted_;
};

}  // namespace hourglass::evaluate

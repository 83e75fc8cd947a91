// Denoising by principal components: the number of components is chosen on training images.
#pragma once

#include <cstdint>

#include "evaluate/baselines/pca.hpp"

namespace hourglass::evaluate {

/// Returns the largest number of components tried for images of `columns` (at least 2) pixels: the largest power of two
/// below `columns`, but at most 256.
std::int64_t most_components(std::int64_t columns);

/// Fits components to clean images and keeps the first 1, 2, 4, ... or most_components(): those that restore the images
/// from noisy ones with the least squared error. Both rows are [n, D], D at least 2.
Pca pca_denoiser(const Rows& noisy, const Rows& clean);

}  // namespace hourglass::evaluate

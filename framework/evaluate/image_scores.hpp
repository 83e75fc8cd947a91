// Scores images against their targets: squared error, cross-entropy, structural similarity.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hourglass/metric.hpp"
#include "hourglass/shape.hpp"
#include "hourglass/task.hpp"

namespace hourglass::evaluate {

/// Returns the natural logarithm of a positive, normal number, accurate to about 1 unit in the last place. Unlike
/// std::log, compilers vectorise loops over it.
double fast_log(double x);

/// Computes the structural similarity (Wang et al. 2004) of two images [C, H, W] in a bounded range, averaged over
/// channels and positions: K1 = 0.01, K2 = 0.03 of the range mapped to [0, 1], normalised 11 x 11 Gaussian window with
/// sigma 1.5, valid positions only. Smaller images have none: a smaller window measures something else, and one of 1 x
/// 1 compares nothing but brightness.
class Ssim {
 public:
  static constexpr std::int64_t kWindow = 11;
  static bool fits(ImageShape shape) { return std::min(shape.height, shape.width) >= kWindow; }

  explicit Ssim(ImageShape shape, ValueRange range = {});                       ///< requires fits(shape)
  double operator()(std::span<const float> a, std::span<const float> b) const;  ///< thread-safe

 private:
  double plane(const float* a, const float* b, double* scratch) const;

  ImageShape shape_;
  ValueRange range_;
  std::array<double, kWindow> window_;
};

/// Accumulates the scores of reconstructions against clean images, in double precision and in the order of the calls.
class ImageScorer {
 public:
  /// `range` is that of the clean images, which decides what scores they have: see ImageScores.
  explicit ImageScorer(ImageShape shape, ValueRange range = {}) : shape_(shape), range_(range) {
    if (Ssim::fits(shape) && range.bounded()) ssim_.emplace(shape, range);
  }

  /// Adds images [n, C, H, W] and their reconstructions.
  void add(std::span<const float> clean, std::span<const float> reconstruction);

  /// Returns the scores of all images so far; there must be at least one.
  ImageScores scores() const;

 private:
  ImageShape shape_;
  ValueRange range_;
  std::optional<Ssim> ssim_;
  std::int64_t count_ = 0;
  double squared_ = 0, cross_entropy_ = 0, similarity_ = 0;
};

/// Returns scores as metrics: mse, sse and, unless they are NaN, bce, bce_sum, psnr and ssim. The protocol says so if
/// images of a bounded range have no ssim, and from which mse psnr is computed.
std::vector<Metric> image_metrics(const ImageScores& scores, Split split, const std::string& protocol,
                                  const std::string& baseline);

}  // namespace hourglass::evaluate

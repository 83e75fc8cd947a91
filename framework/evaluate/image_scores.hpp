// How close images are to what they should be: squared error, cross-entropy, structural similarity.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "hourglass/metric.hpp"
#include "hourglass/shape.hpp"
#include "hourglass/task.hpp"

namespace hourglass::evaluate {

/// Natural logarithm of a positive, normal number, to 1 unit in the last place or so. Unlike std::log a compiler turns
/// a loop over it into vector code.
double fast_log(double x);

/// Structural similarity of two images of `shape`, [C, H, W] in [0, 1], the mean over channels and positions (Wang et
/// al. 2004): K1 = 0.01, K2 = 0.03, 11 x 11 Gaussian window of standard deviation 1.5, normalised, valid positions
/// only; the window shrinks to the largest odd size that fits a smaller image.
class Ssim {
 public:
  explicit Ssim(ImageShape shape);
  double operator()(std::span<const float> a, std::span<const float> b) const;  ///< safe from several threads

 private:
  double plane(const float* a, const float* b, double* scratch) const;

  ImageShape shape_;
  std::vector<double> window_;
};

/// Adds up how close reconstructions are to clean images, in double precision and in the order of the calls.
class ImageScorer {
 public:
  explicit ImageScorer(ImageShape shape) : shape_(shape), ssim_(shape) {}

  /// Adds images [n, C, H, W] in [0, 1] and their reconstructions.
  void add(std::span<const float> clean, std::span<const float> reconstruction);

  /// Returns the scores of all images so far, of which there must be one.
  ImageScores scores() const;

 private:
  ImageShape shape_;
  Ssim ssim_;
  std::int64_t count_ = 0;
  double squared_ = 0, cross_entropy_ = 0, similarity_ = 0;
};

/// Returns scores as metrics: mse, sse, bce, bce_sum, psnr (left out when infinite) and ssim.
std::vector<Metric> image_metrics(const ImageScores& scores, Split split, const std::string& protocol,
                                  const std::string& baseline);

}  // namespace hourglass::evaluate

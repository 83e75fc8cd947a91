// Metrics: what a task reports, and the image measures that tasks share.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "hourglass/dataset.hpp"
#include "hourglass/shape.hpp"

namespace hourglass {

enum class Direction { lower, higher };

/// One result. Names are the same wherever the quantity is: `mse`, `bce` per pixel, `sse`, `bce_sum` per image, `psnr`
/// in dB, `ssim`, `accuracy` in [0, 1], `input_psnr`.
struct Metric {
  std::string name;
  Split split = Split::test;
  double value = 0;
  std::string unit;  ///< "1", "1/px", "nats/px", "nats/img", "dB", ...
  Direction direction = Direction::lower;  ///< which way is better
  std::string protocol;                    ///< how it was measured, in a few words
  std::string baseline = {};               ///< empty for the model, else whose value this is: "mean_image", "pca", ...
};

/// Structural similarity of two images of `shape`, [C, H, W] in [0, 1], the mean over channels and positions (Wang et al.
/// 2004): K1 = 0.01, K2 = 0.03, 11 x 11 Gaussian window of standard deviation 1.5, normalised, valid positions only; the
/// window shrinks to the largest odd size that fits a smaller image.
class Ssim {
 public:
  explicit Ssim(ImageShape shape);
  double operator()(std::span<const float> a, std::span<const float> b) const;

 private:
  void blur(const std::vector<double>& image, std::vector<double>& out) const;

  ImageShape shape_;
  std::vector<double> window_;
};

/// Adds up how close reconstructions are to clean images, in double precision and in the order of the calls.
class ImageScores {
 public:
  explicit ImageScores(ImageShape shape) : shape_(shape), ssim_(shape) {}

  /// Adds images [n, C, H, W] in [0, 1] and their reconstructions.
  void add(std::span<const float> clean, std::span<const float> reconstruction);

  std::int64_t count() const { return count_; }
  double sse() const { return squared_ / static_cast<double>(count_); }  ///< squared error, summed over an image
  double mse() const { return sse() / static_cast<double>(shape_.size()); }
  double bce_sum() const { return cross_entropy_ / static_cast<double>(count_); }  ///< nats, summed over an image
  double bce() const { return bce_sum() / static_cast<double>(shape_.size()); }
  /// Peak signal-to-noise ratio of the mean squared error of all images, dB; infinite when there is no error.
  double psnr() const { return -10 * std::log10(mse()); }
  double ssim() const { return similarity_ / static_cast<double>(count_); }

 private:
  ImageShape shape_;
  Ssim ssim_;
  std::int64_t count_ = 0;
  double squared_ = 0, cross_entropy_ = 0, similarity_ = 0;
};

// --- implementation -----------------------------------------------------------------------------------------------

inline Ssim::Ssim(ImageShape shape) : shape_(shape) {
  auto width = std::min<std::int64_t>({11, shape.height, shape.width});
  if (width % 2 == 0) --width;
  double sum = 0;
  for (std::int64_t i = 0; i < width; ++i) {
    const double x = static_cast<double>(i - width / 2) / 1.5;
    window_.push_back(std::exp(-0.5 * x * x));
    sum += window_.back();
  }
  for (auto& weight : window_) weight /= sum;
}

inline void Ssim::blur(const std::vector<double>& image, std::vector<double>& out) const {
  const auto taps = static_cast<std::int64_t>(window_.size());
  const auto rows = shape_.height - taps + 1, columns = shape_.width - taps + 1;
  std::vector<double> across(static_cast<std::size_t>(shape_.height * columns), 0.0);
  for (std::int64_t y = 0; y < shape_.height; ++y) {
    for (std::int64_t t = 0; t < taps; ++t) {
      for (std::int64_t x = 0; x < columns; ++x) across[y * columns + x] += window_[t] * image[y * shape_.width + x + t];
    }
  }
  out.assign(static_cast<std::size_t>(rows * columns), 0.0);
  for (std::int64_t y = 0; y < rows; ++y) {
    for (std::int64_t t = 0; t < taps; ++t) {
      for (std::int64_t x = 0; x < columns; ++x) out[y * columns + x] += window_[t] * across[(y + t) * columns + x];
    }
  }
}

inline double Ssim::operator()(std::span<const float> a, std::span<const float> b) const {
  constexpr double kC1 = 0.01 * 0.01, kC2 = 0.03 * 0.03;
  const auto plane = static_cast<std::size_t>(shape_.height * shape_.width);
  std::vector<double> x(plane), y(plane), product(plane), mx, my, mxx, myy, mxy;
  double total = 0;
  for (std::int64_t c = 0; c < shape_.channels; ++c) {
    const auto offset = static_cast<std::size_t>(c) * plane;
    std::copy_n(a.begin() + static_cast<std::ptrdiff_t>(offset), plane, x.begin());
    std::copy_n(b.begin() + static_cast<std::ptrdiff_t>(offset), plane, y.begin());
    blur(x, mx);
    blur(y, my);
    for (std::size_t i = 0; i < plane; ++i) product[i] = x[i] * x[i];
    blur(product, mxx);
    for (std::size_t i = 0; i < plane; ++i) product[i] = y[i] * y[i];
    blur(product, myy);
    for (std::size_t i = 0; i < plane; ++i) product[i] = x[i] * y[i];
    blur(product, mxy);
    double sum = 0;
    for (std::size_t i = 0; i < mx.size(); ++i) {
      const double vx = mxx[i] - mx[i] * mx[i], vy = myy[i] - my[i] * my[i], cov = mxy[i] - mx[i] * my[i];
      sum += (2 * mx[i] * my[i] + kC1) * (2 * cov + kC2) / ((mx[i] * mx[i] + my[i] * my[i] + kC1) * (vx + vy + kC2));
    }
    total += sum / static_cast<double>(mx.size());
  }
  return total / static_cast<double>(shape_.channels);
}

inline void ImageScores::add(std::span<const float> clean, std::span<const float> reconstruction) {
  // Keeps the cross-entropy finite: the value that Keras uses.
  constexpr double kEpsilon = 1e-7;
  const auto size = static_cast<std::size_t>(shape_.size());
  for (std::size_t first = 0; first < clean.size(); first += size) {
    for (std::size_t i = first; i < first + size; ++i) {
      const double target = clean[i], value = reconstruction[i], error = value - target;
      const double p = std::clamp(value, kEpsilon, 1 - kEpsilon);
      squared_ += error * error;
      cross_entropy_ -= target * std::log(p) + (1 - target) * std::log1p(-p);
    }
    similarity_ += ssim_(clean.subspan(first, size), reconstruction.subspan(first, size));
    ++count_;
  }
}

}  // namespace hourglass

// Poisson noise: the number of photons that a camera counts in each pixel.
#include <algorithm>
#include <array>
#include <cmath>

#include "hourglass/noise.hpp"

namespace {

using namespace hourglass;

/// Uniform numbers in (0, 1), drawn in bulk.
class Uniforms {
 public:
  explicit Uniforms(Rng& rng) : rng_(rng) {}

  double operator()() {
    if (next_ == numbers_.size()) {
      rng_.uniform(numbers_);
      next_ = 0;
    }
    return static_cast<double>(numbers_[next_++]) + 0x1p-25;  // the middle between neighbours of 24 bits
  }

 private:
  Rng& rng_;
  std::array<float, 256> numbers_{};
  std::size_t next_ = 256;
};

/// ln(k!), by Stirling's series from 10 on: the error is below 1e-11.
double log_factorial(double k) {
  if (k < 10) {
    double product = 1;
    for (double i = 2; i <= k; ++i) product *= i;
    return std::log(product);
  }
  constexpr double kHalfLogTwoPi = 0.91893853320467274178;
  const double r = 1 / k;
  return (k + 0.5) * std::log(k) - k + kHalfLogTwoPi + r * (1.0 / 12 - r * r * (1.0 / 360 - r * r / 1260));
}

/// Draws from the Poisson distribution by inversion, one uniform number; for small means.
double draw_small(double mean, Uniforms& uniform) {
  const double u = uniform();
  double count = 0, probability = std::exp(-mean), below = probability;
  while (u > below && probability > 0) {
    ++count;
    probability *= mean / count;
    below += probability;
  }
  return count;
}

/// Draws from the Poisson distribution of a mean of at least 10 by the transformed rejection method PTRS (Hoermann,
/// "The transformed rejection method for generating Poisson random variables", 1993).
double draw_large(double mean, Uniforms& uniform) {
  const double b = 0.931 + 2.53 * std::sqrt(mean), a = -0.059 + 0.02483 * b;
  const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4), v_r = 0.9277 - 3.6224 / (b - 2);
  while (true) {
    const double u = uniform() - 0.5, v = uniform();
    const double us = 0.5 - std::abs(u);
    const double k = std::floor((2 * a / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= v_r) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    const double ratio = std::log(v) + std::log(inverse_alpha) - std::log(a / (us * us) + b);
    if (ratio <= k * std::log(mean) - mean - log_factorial(k)) return k;
  }
}

class Poisson final : public Noise {
 public:
  struct Params {
    double sigma = 0.3;
    bool clip = true;
  };
  static void declare(ParamTable<Params>& table) {
    table
        .add("sigma", &Params::sigma, {0, 10},
             "standard deviation of a white pixel, of which 1 / sigma^2 photons are expected; that of a pixel x is "
             "sigma sqrt(x); expected squared error without clip: sigma^2 times the mean of pixels (0.133 on MNIST)")
        .severity();
    table.add("clip", &Params::clip, "clamp the noisy image to [0, 1]");
  }

  explicit Poisson(Params params) : params_(params) {}

  void corrupt(std::span<const float> clean, std::span<float> noisy, const ImageShape&, Rng& rng) const override {
    constexpr double kSmallestSigma = 1e-7;  // below it, no change is visible in single precision
    constexpr double kSmallMean = 10;
    if (params_.sigma < kSmallestSigma) {
      std::ranges::copy(clean, noisy.begin());
      return;
    }
    Uniforms uniform(rng);
    const double photon = params_.sigma * params_.sigma;
    for (std::size_t i = 0; i < noisy.size(); ++i) {
      const double mean = std::max(static_cast<double>(clean[i]), 0.0) / photon;
      const double count = mean == 0 ? 0 : mean < kSmallMean ? draw_small(mean, uniform) : draw_large(mean, uniform);
      noisy[i] = static_cast<float>(params_.clip ? std::min(count * photon, 1.0) : count * photon);
    }
  }

 private:
  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Poisson>("poisson", "Counts photons: the variance of a pixel is its brightness."))

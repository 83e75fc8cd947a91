// Additive white Gaussian noise, optionally clipped to the range of pixels.
#include <algorithm>

#include "hourglass/noise.hpp"

namespace {

using namespace hourglass;

class Gaussian final : public Noise {
 public:
  struct Params {
    double sigma = 0.3;
    bool clip = true;
  };
  static void declare(ParamTable<Params>& table) {
    table
        .add("sigma", &Params::sigma, {0, 10},
             "standard deviation: of values in a bounded range in units of its width, unless clip is false; expected "
             "squared error sigma^2 without clip; with clip, 0.0797 at 0.4 on MNIST")
        .severity()
        .add("clip", &Params::clip, "clamp the noisy image to the range of the dataset's values");
  }

  explicit Gaussian(Params params) : params_(params) {}

  void corrupt(std::span<const float> clean, std::span<float> noisy, const ImageShape&, Rng& rng) const override {
    rng.normal(noisy);
    const auto sigma = static_cast<float>(params_.sigma);
    for (std::size_t i = 0; i < noisy.size(); ++i) noisy[i] = clean[i] + sigma * noisy[i];
    if (!params_.clip) return;
    for (float& pixel : noisy) pixel = std::min(std::max(pixel, 0.0f), 1.0f);
  }

  bool accepts_any_range() const override { return !params_.clip; }

 private:
  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Gaussian>("gaussian", "Adds independent Gaussian noise to every pixel."))

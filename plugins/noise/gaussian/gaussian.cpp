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
             "standard deviation, in units of the [0, 1] range of pixels; expected squared error sigma^2 without clip; "
             "with clip, 0.0797 at 0.4 on MNIST")
        .severity()
        .add("clip", &Params::clip, "clamp the noisy image to [0, 1]");
  }

  explicit Gaussian(Params params) : params_(params) {}

  void corrupt(std::span<const float> clean, std::span<float> noisy, const ImageShape&, Rng& rng) const override {
    rng.normal(noisy);
    const auto sigma = static_cast<float>(params_.sigma);
    for (std::size_t i = 0; i < noisy.size(); ++i) noisy[i] = clean[i] + sigma * noisy[i];
    if (!params_.clip) return;
    for (float& pixel : noisy) pixel = std::min(std::max(pixel, 0.0f), 1.0f);
  }

 private:
  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Gaussian>("gaussian", "Adds independent Gaussian noise to every pixel."))

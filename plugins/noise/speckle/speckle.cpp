// Speckle: multiplicative Gaussian noise, as in radar and ultrasound images.
#include <algorithm>

#include "hourglass/noise.hpp"

namespace {

using namespace hourglass;

class Speckle final : public Noise {
 public:
  struct Params {
    double sigma = 0.5;
    bool clip = true;
  };
  static void declare(ParamTable<Params>& table) {
    table
        .add("sigma", &Params::sigma, {0, 10},
             "standard deviation of the factor 1 + sigma n by which a pixel is multiplied; expected squared error "
             "without clip: sigma^2 times the mean square of pixels (0.114 on MNIST)")
        .severity();
    table.add("clip", &Params::clip, "clamp the noisy image to [0, 1]");
  }

  explicit Speckle(Params params) : params_(params) {}

  void corrupt(std::span<const float> clean, std::span<float> noisy, const ImageShape&, Rng& rng) const override {
    rng.normal(noisy);
    const auto sigma = static_cast<float>(params_.sigma);
    for (std::size_t i = 0; i < noisy.size(); ++i) noisy[i] = clean[i] + clean[i] * (sigma * noisy[i]);
    if (!params_.clip) return;
    for (float& pixel : noisy) pixel = std::min(std::max(pixel, 0.0f), 1.0f);
  }

 private:
  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Speckle>("speckle", "Multiplies each pixel by a Gaussian factor of mean 1."))

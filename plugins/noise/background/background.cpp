// Random background (mnist-back-rand of Larochelle et al. 2007): uniform noise behind what the image shows.
#include "hourglass/noise.hpp"

namespace {

using namespace hourglass;

class Background final : public Noise {
 public:
  struct Params {
    double level = 1;
  };
  static void declare(ParamTable<Params>& table) {
    table
        .add("level", &Params::level, {0, 1},
             "brightest background; each pixel's is uniform between 0 and level and shows through a pixel x with the "
             "weight 1 - x; expected squared error: level^2 / 3 times the mean of (1 - x)^2 (0.283 at 1 on MNIST)")
        .severity();
  }

  explicit Background(Params params) : params_(params) {}

  void corrupt(std::span<const float> clean, std::span<float> noisy, const ImageShape&, Rng& rng) const override {
    rng.uniform(noisy);
    const auto level = static_cast<float>(params_.level);
    for (std::size_t i = 0; i < noisy.size(); ++i) noisy[i] = clean[i] + (1 - clean[i]) * (level * noisy[i]);
  }

 private:
  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Background>("background", "Fills the dark parts of images with uniform noise."))

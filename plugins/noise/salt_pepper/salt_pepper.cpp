// Salt-and-pepper noise: sets some pixels to white or black (Vincent et al. 2010, section 3.4).
#include "hourglass/noise.hpp"

namespace {

using namespace hourglass;

class SaltPepper final : public Noise {
 public:
  struct Params {
    double fraction = 0.1;
    double salt = 0.5;
  };
  static void declare(ParamTable<Params>& table) {
    table
        .add("fraction", &Params::fraction, {0, 1},
             "probability that a pixel is set to 0 or 1; expected squared error: fraction times the mean of "
             "salt (1 - x)^2 + (1 - salt) x^2 (0.481 fraction on MNIST with salt = 0.5)")
        .severity()
        .add("salt", &Params::salt, {0, 1}, "share of the changed pixels that are set to 1")
        .acts_if({{"fraction", Condition::Is::above, 0}});
  }

  explicit SaltPepper(Params params) : params_(params) {}

  void corrupt(std::span<const float> clean, std::span<float> noisy, const ImageShape&, Rng& rng) const override {
    rng.uniform(noisy);
    const auto fraction = static_cast<float>(params_.fraction);
    const auto salt = static_cast<float>(params_.fraction * params_.salt);
    for (std::size_t i = 0; i < noisy.size(); ++i) {
      const float draw = noisy[i];
      noisy[i] = draw < salt ? 1.0f : draw < fraction ? 0.0f : clean[i];
    }
  }

 private:
  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<SaltPepper>("salt_pepper", "Sets randomly chosen pixels to 0 or 1."))

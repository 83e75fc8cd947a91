// Masking noise: sets some pixels to 0 (Vincent et al. 2010, section 3.4).
#include "hourglass/noise.hpp"

namespace {

using namespace hourglass;

class Masking final : public Noise {
 public:
  struct Params {
    double fraction = 0.25;
  };
  static void declare(ParamTable<Params>& table) {
    table
        .add("fraction", &Params::fraction, {0, 1},
             "probability that a pixel is set to 0; expected squared error: fraction times the mean square of pixels "
             "(0.114 on MNIST)")
        .severity();
  }

  explicit Masking(Params params) : params_(params) {}

  void corrupt(std::span<const float> clean, std::span<float> noisy, const ImageShape&, Rng& rng) const override {
    rng.uniform(noisy);
    const auto fraction = static_cast<float>(params_.fraction);
    for (std::size_t i = 0; i < noisy.size(); ++i) noisy[i] = noisy[i] < fraction ? 0.0f : clean[i];
  }

  bool accepts_any_range() const override { return true; }

 private:
  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Masking>("masking", "Sets randomly chosen pixels to 0."))

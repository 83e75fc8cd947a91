// No noise: a plain autoencoder sees the clean image.
#include <algorithm>

#include "hourglass/noise.hpp"

namespace {

using namespace hourglass;

class None final : public Noise {
 public:
  struct Params {};
  static void declare(ParamTable<Params>&) {}

  explicit None(Params) {}

  void corrupt(std::span<const float> clean, std::span<float> noisy, const ImageShape&, Rng&) const override {
    std::ranges::copy(clean, noisy.begin());
  }
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<None>("none", "Leaves images as they are."))

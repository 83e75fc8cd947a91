// No noise: a plain autoencoder gets the clean image as its input.
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

  bool accepts_any_range() const override { return true; }
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<None>("none", "Leaves images unchanged."))

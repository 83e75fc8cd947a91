// Occlusion: a rectangle of the image's proportions hides a part of it.
#include <algorithm>
#include <cmath>

#include "hourglass/noise.hpp"

namespace {

using namespace hourglass;

class Occlusion final : public Noise {
 public:
  struct Params {
    double fraction = 0.25;
    double value = 0;
  };
  static void declare(ParamTable<Params>& table) {
    table
        .add("fraction", &Params::fraction, {0, 1},
             "share of the image that the block hides; its sides are rounded to whole pixels, and it lies anywhere "
             "within the image; mean squared error on MNIST: 0.0548 at 0.25")
        .severity();
    table.add("value", &Params::value, {0, 1}, "brightness of the block")
        .acts_if({{"fraction", Condition::Is::above, 0}});
  }

  explicit Occlusion(Params params) : params_(params) {}

  void corrupt(std::span<const float> clean, std::span<float> noisy, const ImageShape& shape, Rng& rng) const override {
    std::ranges::copy(clean, noisy.begin());
    const auto [channels, height, width] = shape;
    const auto side = std::sqrt(params_.fraction) * static_cast<double>(height);
    const auto rows = std::max(std::llround(side), 1LL);
    const auto area = params_.fraction * static_cast<double>(height * width);
    const auto columns = std::min<std::int64_t>(std::llround(area / static_cast<double>(rows)), width);
    const auto top = rng.below(height - rows + 1), left = rng.below(width - columns + 1);
    for (std::int64_t row = 0; row < channels * height; ++row) {
      const auto y = row % height;
      if (y < top || y >= top + rows) continue;
      std::fill_n(noisy.begin() + row * width + left, columns, static_cast<float>(params_.value));
    }
  }

 private:
  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Occlusion>("occlusion", "Hides a block of the image, the same in all channels."))

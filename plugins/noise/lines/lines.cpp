// Line dropout: whole rows or columns of the image are lost, as with a damaged sensor.
#include <algorithm>
#include <vector>

#include "hourglass/noise.hpp"

namespace {

using namespace hourglass;

enum class Direction { rows, columns };

class Lines final : public Noise {
 public:
  struct Params {
    double fraction = 0.25;
    Direction direction = Direction::rows;
  };
  static void declare(ParamTable<Params>& table) {
    table
        .add("fraction", &Params::fraction, {0, 1},
             "probability that a line is set to 0, in all channels; expected squared error: fraction times the mean "
             "square of pixels (0.114 on MNIST)")
        .severity();
    table
        .add("direction", &Params::direction, {{"rows", Direction::rows}, {"columns", Direction::columns}},
             "which lines are lost; the columns of a vector are its elements, and it has one row")
        .acts_if({{"fraction", Condition::Is::above, 0}});
  }

  explicit Lines(Params params) : params_(params) {}

  void corrupt(std::span<const float> clean, std::span<float> noisy, const ImageShape& shape, Rng& rng) const override {
    const bool rows = params_.direction == Direction::rows;
    std::vector<float> draws(static_cast<std::size_t>(rows ? shape.height : shape.width));
    rng.uniform(draws);
    const auto fraction = static_cast<float>(params_.fraction);
    for (std::int64_t i = 0; i < shape.size(); ++i) {
      const auto line = rows ? i / shape.width % shape.height : i % shape.width;
      const auto at = static_cast<std::size_t>(i);
      noisy[at] = draws[static_cast<std::size_t>(line)] < fraction ? 0.0f : clean[at];
    }
  }

 private:
  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Lines>("lines", "Sets randomly chosen rows or columns to 0."))

// Several noise models in a row, such as masking after blur.
#include <algorithm>
#include <vector>

#include "hourglass/noise.hpp"

namespace {

using namespace hourglass;

class Chain final : public Noise {
 public:
  struct Params {
    std::vector<Chosen<Noise>> stages;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("stages", &Params::stages,
              "noise models in the order in which they corrupt an image; they draw different random numbers; an empty "
              "list leaves images unchanged");
  }

  explicit Chain(Params params) : stages_(std::move(params.stages)) {}

  void check(const ImageShape& shape) const override {
    for (const auto& stage : stages_) stage.object->check(shape);
  }

  void corrupt(std::span<const float> clean, std::span<float> noisy, const ImageShape& shape, Rng& rng) const override {
    std::ranges::copy(clean, noisy.begin());
    std::vector<float> source(clean.size());
    for (const auto& stage : stages_) {
      std::ranges::copy(noisy, source.begin());
      stage.object->corrupt(source, noisy, shape, rng);
    }
  }

 private:
  std::vector<Chosen<Noise>> stages_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Chain>("chain", "Applies several noise models, one after another."))

// Winner-take-all bottleneck (Makhzani & Frey 2015): lifetime sparsity. In training each unit keeps only its strongest
// activations over the batch; otherwise the code is relu's.
#include <algorithm>
#include <cmath>

#include "hourglass/bottleneck.hpp"

namespace {

using namespace hourglass;

class WinnerTakeAll final : public Bottleneck {
 public:
  struct Params {
    double share = 0.05;
  };
  static void declare(ParamTable<Params>& table) {
    table.add(
        "share", &Params::share, {0, 1},
        "fraction of a batch's images for which each unit may be active in training, rounded to a multiple of 1 / "
        "size, at least that; of each batch, at least one image");
  }

  explicit WinnerTakeAll(const Params& params) : params_(params) {}

  Code constrain(Graph&, const BottleneckInput& input) const override {
    const auto count = std::max<std::int64_t>(1, std::llround(params_.share * static_cast<double>(input.size)));
    const Node code = winner_take_all(relu(code_units(input.encoding, input.size)), count);  // [N, K]
    return {.code = code, .sparse = true};
  }

 private:
  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<WinnerTakeAll>(
    "winner_take_all", "A relu code whose units are each active for few images of a batch in training."))

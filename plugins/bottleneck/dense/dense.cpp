// Plain bottleneck: one dense layer from the features to the code.
#include "hourglass/bottleneck.hpp"

namespace {

using namespace hourglass;

class Dense final : public Bottleneck {
 public:
  struct Params {
    Activation activation = Activation::identity;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("activation", &Params::activation, activation_names(), "non-linearity of the code");
  }

  explicit Dense(const Params& params) : params_(params) {}

  Code constrain(Graph&, const BottleneckInput& input) const override {
    const Node code = activation(code_units(input.encoding, input.size), params_.activation);  // [N, K]
    return {code};
  }

 private:
  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Dense>("dense", "One dense layer makes the code, without any penalty."))

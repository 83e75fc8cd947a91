// Plain bottleneck: one dense layer from the features to the code.
#include "hourglass/bottleneck.hpp"

namespace {

using namespace hourglass;

class Dense final : public Bottleneck {
 public:
  struct Params {
    std::string activation = "identity";
  };
  static void declare(ParamTable<Params>& table) {
    table.add("activation", &Params::activation, Choices{activation_names()}, "non-linearity of the code");
  }

  explicit Dense(const Params& params) : kind_(activation_of(params.activation)) {}

  Code constrain(Graph&, const Encoding& encoding, std::int64_t size) const override {
    const Node code = activation(code_units(encoding, size), kind_);  // [N, K]
    return {code, code};
  }

 private:
  Activation kind_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Dense>("dense",
                                           "One dense layer makes the code; nothing constrains it but its width."))

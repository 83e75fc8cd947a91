// Contractive bottleneck (Rifai et al. 2011): penalises the squared Frobenius norm of the code's Jacobian with respect
// to the image, exactly, for any encoder that the host can differentiate per sample.
#include "hourglass/bottleneck.hpp"

namespace {

using namespace hourglass;

class Contractive final : public Bottleneck {
 public:
  struct Params {
    double weight = 0.1;
    Activation activation = Activation::sigmoid;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("weight", &Params::weight, {0, 1e6},
              "weight of the Jacobian's squared Frobenius norm, relative to the reconstruction loss summed over the "
              "pixels of an image, whatever train.reduction says; computed exactly: in closed form for an encoder of "
              "one layer, else by as many backward passes through the encoder as the code has units");
    table.add("activation", &Params::activation, activation_names(), "non-linearity of the code");
  }

  explicit Contractive(const Params& params) : params_(params) {}

  Code constrain(Graph& graph, const BottleneckInput& input) const override {
    const Node code = activation(code_units(input.encoding, input.size), params_.activation);  // [N, K]
    if (params_.weight > 0) {
      graph.jacobian_penalty("contraction", code, graph.image(), params_.weight * graph.nat());
    }
    return {code};
  }

 private:
  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Contractive>("contractive",
                                                 "A code that is insensitive to small changes of the image."))

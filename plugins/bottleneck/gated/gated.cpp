// Gated bottleneck (Rajamanoharan et al. 2024, "Improving dictionary learning with gated sparse autoencoders"): one
// path decides which units are active, another how strongly, so that the L1 penalty on the first does not shrink
// activations.
#include <memory>

#include "hourglass/bottleneck.hpp"

namespace {

using namespace hourglass;

/// gate, magnitude [N, K] -> the magnitude where the gate is above 0, else 0. The gate gets no gradient.
class Gate final : public CustomOperation {
 public:
  std::string name() const override { return "gate"; }
  Shape infer(std::span<const Shape> inputs) const override { return inputs[0]; }
  void forward(std::int64_t, std::span<const std::span<const float>> inputs, std::span<float> output) const override {
    for (std::size_t i = 0; i < output.size(); ++i) output[i] = inputs[0][i] > 0 ? inputs[1][i] : 0;
  }
  void backward(std::int64_t, std::span<const std::span<const float>> inputs, std::span<const float>,
                std::span<const float> output_gradient,
                std::span<const std::span<float>> input_gradients) const override {
    for (std::size_t i = 0; i < input_gradients[1].size(); ++i) {
      input_gradients[1][i] += inputs[0][i] > 0 ? output_gradient[i] : 0;
    }
  }
};

class Gated final : public Bottleneck {
 public:
  struct Params {
    double l1_weight = 0.05;
    double warmup_epochs = 0;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("l1_weight", &Params::l1_weight, {0, 1e6},
              "weight of the sum of the gates' positive parts, relative to the squared error summed over an image, "
              "whatever train.reduction says");
    table
        .add("warmup_epochs", &Params::warmup_epochs, {0, 1e6},
             "epochs over which the weight rises linearly from 0, so that units do not die before they have learned")
        .acts_if({{"l1_weight", Condition::Is::above, 0}});
  }

  explicit Gated(const Params& params) : params_(params) {}

  Code constrain(Graph& graph, const BottleneckInput& input) const override {
    const Node gate = code_units(input.encoding, input.size);  // [N, K]
    // Both paths share the encoder's directions; a scale and a bias of each unit are the magnitude's own.
    const Node scale = graph.parameter("gated", "log_scale", {input.size}, {});
    const Node bias = graph.parameter("gated", "bias", {input.size}, {});
    const Node magnitude = relu(exp(scale) * gate + bias);
    const Node open = relu(gate);
    graph.penalty("l1", open, PenaltyWeight::rising(params_.l1_weight * graph.nat(), params_.warmup_epochs));
    return {.code = custom(std::make_shared<Gate>(), {gate, magnitude}),
            .sparse = true,
            .auxiliary = {{"auxiliary", open, AuxiliaryCode::Target::image, 1}}};
  }

 private:
  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Gated>(
    "gated", "A sparse code whose units are chosen by one path and measured by another (gated sparse autoencoder)."))

// JumpReLU bottleneck (Rajamanoharan et al. 2024, "Jumping ahead"): a unit is active above a threshold of its own,
// which is learned, and the penalty is the number of active units itself.
#include <cmath>
#include <memory>

#include "hourglass/bottleneck.hpp"

namespace {

using namespace hourglass;

/// x [N, K], threshold [K] -> x (or, with `counts`, 1) where x is above the threshold, else 0. The derivative by the
/// threshold t is that of a step that is smoothed by a rectangle of width `bandwidth`: -t / bandwidth (with `counts`,
/// -1 / bandwidth) where |x - t| < bandwidth / 2, else 0. That by x is 1 where x is above t; a count has none.
class Jump final : public CustomOperation {
 public:
  Jump(double bandwidth, bool counts) : bandwidth_(static_cast<float>(bandwidth)), counts_(counts) {}

  std::string name() const override { return counts_ ? "count_above" : "jump_relu"; }
  Shape infer(std::span<const Shape> inputs) const override { return inputs[0]; }
  void forward(std::int64_t, std::span<const std::span<const float>> inputs, std::span<float> output) const override {
    const auto [x, thresholds] = std::pair(inputs[0], inputs[1]);
    for (std::size_t first = 0; first < x.size(); first += thresholds.size()) {
      for (std::size_t k = 0; k < thresholds.size(); ++k) {
        const float kept = counts_ ? 1 : x[first + k];
        output[first + k] = x[first + k] > thresholds[k] ? kept : 0;
      }
    }
  }
  void backward(std::int64_t, std::span<const std::span<const float>> inputs, std::span<const float>,
                std::span<const float> output_gradient,
                std::span<const std::span<float>> input_gradients) const override {
    const auto [x, thresholds] = std::pair(inputs[0], inputs[1]);
    const bool by_x = !input_gradients[0].empty(), by_threshold = !input_gradients[1].empty();
    for (std::size_t first = 0; first < x.size(); first += thresholds.size()) {
      for (std::size_t k = 0; k < thresholds.size(); ++k) {
        const float distance = x[first + k] - thresholds[k], gradient = output_gradient[first + k];
        if (by_x && distance > 0) input_gradients[0][first + k] += gradient;
        if (by_threshold && std::abs(distance) < bandwidth_ / 2) {
          input_gradients[1][k] -= gradient * (counts_ ? 1 : thresholds[k]) / bandwidth_;
        }
      }
    }
  }

 private:
  float bandwidth_;
  bool counts_;
};

class JumpRelu final : public Bottleneck {
 public:
  struct Params {
    double threshold = 0.1;
    double bandwidth = 0.1;
    double l0_weight = 0.05;
    double warmup_epochs = 0;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("threshold", &Params::threshold, {1e-6, 1e6}, "initial threshold of each unit; its logarithm is learned");
    table.add(
        "bandwidth", &Params::bandwidth, {1e-6, 1e6},
        "width of the interval around a threshold in which activations move it; 0.001 in the paper, for images of "
        "mean squared norm 1, and in proportion to their norm otherwise");
    table.add("l0_weight", &Params::l0_weight, {0, 1e6},
              "squared error, summed over an image, that one more active unit has to save, whatever train.reduction "
              "says");
    table
        .add("warmup_epochs", &Params::warmup_epochs, {0, 1e6},
             "epochs over which the weight rises linearly from 0, so that units do not die before they have learned")
        .acts_if({{"l0_weight", Condition::Is::above, 0}});
  }

  explicit JumpRelu(const Params& params) : params_(params) {}

  Code constrain(Graph& graph, const BottleneckInput& input) const override {
    const Node units = code_units(input.encoding, input.size);  // [N, K]
    const Init init{Init::Kind::constant, std::log(params_.threshold)};
    const Node threshold = exp(graph.parameter("jump_relu", "log_threshold", {input.size}, init));
    const double weight = params_.l0_weight * graph.nat();
    graph.penalty("l0", custom(std::make_shared<Jump>(params_.bandwidth, true), {stop_gradient(units), threshold}),
                  PenaltyWeight::rising(weight, params_.warmup_epochs));
    return {.code = custom(std::make_shared<Jump>(params_.bandwidth, false), {units, threshold}), .sparse = true};
  }

 private:
  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<JumpRelu>(
    "jump_relu", "A sparse code of units above thresholds that are learned, with a penalty on their number."))

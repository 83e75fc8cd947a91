// Sparse bottleneck: a dense layer whose units are rarely active, because of a Kullback-Leibler penalty on their mean
// activation (Ng, CS294A notes on sparse autoencoders, 2011) or a penalty on the L1 norm of the code.
#include <cmath>
#include <stdexcept>

#include "hourglass/bottleneck.hpp"

namespace {

using namespace hourglass;

class Sparse final : public Bottleneck {
 public:
  struct Params {
    Activation activation = Activation::sigmoid;
    double kl_weight = 0.005;
    double rho = 0.1;
    double l1_weight = 0;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("activation", &Params::activation, activation_names(),
              "non-linearity of the code; kl_weight above 0 needs sigmoid");
    table.add(
        "kl_weight", &Params::kl_weight, {0, 1e6},
        "weight of KL(rho || mean activation over the batch) in nats, summed over the code's units; the reconstruction "
        "loss is a mean over pixels unless train.reduction is \"sum\", so divide a weight meant for sums by the number "
        "of pixels (beta = 3 on 784 pixels: 0.004)");
    table.add("rho", &Params::rho, {0.0001, 0.9999}, "target of each unit's mean activation")
        .acts_if({{"kl_weight", Condition::Is::above, 0}});
    table.add(
        "l1_weight", &Params::l1_weight, {0, 1e6},
        "weight of the sum of the code's absolute values, mean over the batch; its scale depends on train.reduction as "
        "for kl_weight");
  }

  explicit Sparse(const Params& params) : params_(params) {
    if (params_.kl_weight > 0 && params_.activation != Activation::sigmoid) {
      throw std::invalid_argument(
          "kl_weight = " + number(params_.kl_weight) + " with activation = \"" +
          name_of(activation_names(), params_.activation) +
          "\": the KL penalty needs activations in (0, 1), which only sigmoid gives; set activation = "
          "\"sigmoid\", or kl_weight = 0 and an l1_weight");
    }
  }

  Code constrain(Graph& graph, const BottleneckInput& input) const override {
    const Node code = activation(code_units(input.encoding, input.size), params_.activation);  // [N, K]
    if (params_.kl_weight > 0) graph.penalty("kl", divergence(code), params_.kl_weight);
    if (params_.l1_weight > 0) graph.penalty("l1", abs(code), params_.l1_weight);
    return {code};
  }

 private:
  /// [N, K] -> [K]: KL(rho || mean activation) of each unit.
  Node divergence(Node code) const {
    // Keeps the logarithms finite if a unit saturates for a whole batch.
    constexpr double kEpsilon = 1e-6;
    const double rho = params_.rho;
    const Node mean = (1 - 2 * kEpsilon) * batch_mean(code) + kEpsilon;  // [K]
    const double entropy = rho * std::log(rho) + (1 - rho) * std::log(1 - rho);
    return entropy - (rho * log(mean) + (1 - rho) * log(1.0 - mean));  // [K]
  }

  static std::string number(double value) {
    auto text = std::to_string(value);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    return text;
  }

  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Sparse>(
    "sparse", "A dense code whose units are rarely active, because of a KL or an L1 penalty."))

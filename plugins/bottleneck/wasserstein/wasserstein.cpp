// Wasserstein autoencoder (Tolstikhin et al. 2018): a deterministic code whose distribution over the batch is pulled
// towards the standard normal prior by the maximum mean discrepancy, with inverse multiquadratic kernels.
#include <memory>

#include "hourglass/bottleneck.hpp"

namespace {

using namespace hourglass;

/// Codes x [N, K] and draws y [N, K] -> [1]: the unbiased estimate of MMD^2 (Tolstikhin et al. 2018, algorithm 2),
/// summed over the kernels k(a, b) = C / (C + |a - b|^2). Pairs of one set need at least two samples; with fewer, only
/// the pairs across both sets count.
class Discrepancy final : public CustomOperation {
 public:
  explicit Discrepancy(std::vector<double> constants) : constants_(std::move(constants)) {}

  std::string name() const override { return "discrepancy"; }

  Shape infer(std::span<const Shape> inputs) const override {
    if (inputs.size() != 2 || inputs[0] != inputs[1]) throw std::invalid_argument("expects two tensors [N, K]");
    return {{1}, false};
  }

  void forward(std::int64_t batch, std::span<const std::span<const float>> inputs,
               std::span<float> output) const override {
    double sum = 0;
    each_pair(batch, inputs, [&](double weight, Pair, double squared_distance) {
      for (const double c : constants_) sum += weight * c / (c + squared_distance);
    });
    output[0] = static_cast<float>(sum);
  }

  void backward(std::int64_t batch, std::span<const std::span<const float>> inputs, std::span<const float>,
                std::span<const float> output_gradient,
                std::span<const std::span<float>> input_gradients) const override {
    each_pair(batch, inputs, [&](double weight, const Pair& pair, double squared_distance) {
      double slope = 0;  // with respect to the squared distance
      for (const double c : constants_) slope -= c / ((c + squared_distance) * (c + squared_distance));
      const auto factor = static_cast<float>(2 * weight * slope) * output_gradient[0];
      for (std::size_t d = 0; d < pair.width; ++d) {
        const float change = factor * (inputs[pair.set_a][pair.a + d] - inputs[pair.set_b][pair.b + d]);
        if (!input_gradients[pair.set_a].empty()) input_gradients[pair.set_a][pair.a + d] += change;
        if (!input_gradients[pair.set_b].empty()) input_gradients[pair.set_b][pair.b + d] -= change;
      }
    });
  }

 private:
  struct Pair {
    std::size_t set_a, a, set_b, b, width;  ///< offsets of the two samples in their sets
  };

  /// Calls use(weight, pair, squared distance) for all unordered pairs of one set and all pairs across the sets.
  template <class Use>
  static void each_pair(std::int64_t batch, std::span<const std::span<const float>> inputs, const Use& use) {
    const auto n = static_cast<std::size_t>(batch), width = inputs[0].size() / n;
    const auto count = static_cast<double>(n);
    const auto visit = [&](double weight, std::size_t set_a, std::size_t i, std::size_t set_b, std::size_t j) {
      const Pair pair{set_a, i * width, set_b, j * width, width};
      double squares = 0;
      for (std::size_t d = 0; d < width; ++d) {
        const double difference = static_cast<double>(inputs[set_a][pair.a + d]) - inputs[set_b][pair.b + d];
        squares += difference * difference;
      }
      use(weight, pair, squares);
    };
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        visit(-2 / (count * count), 0, i, 1, j);
        if (j >= i) continue;
        for (const std::size_t set : {0, 1}) visit(2 / (count * (count - 1)), set, i, set, j);
      }
    }
  }

  std::vector<double> constants_;
};

class Wasserstein final : public Bottleneck {
 public:
  struct Params {
    double weight = 10;
    std::vector<double> scales = {0.1, 0.2, 0.5, 1, 2, 5, 10};
  };
  static void declare(ParamTable<Params>& table) {
    table.add("weight", &Params::weight, {0, 1e6},
              "weight of the squared maximum mean discrepancy, relative to the reconstruction loss summed over the "
              "pixels of an image, whatever train.reduction says (lambda in Tolstikhin et al. 2018)");
    table.add("scales", &Params::scales, {1e-6, 1e6},
              "one kernel 2 K s / (2 K s + |a - b|^2) for each scale s, with K the size of the code");
  }

  explicit Wasserstein(Params params) : params_(std::move(params)) {
    if (params_.scales.empty()) throw std::invalid_argument("scales = [] gives no kernel; give at least one scale");
  }

  Code constrain(Graph& graph, const BottleneckInput& input) const override {
    const Node code = code_units(input.encoding, input.size);  // [N, K]
    const Prior prior = standard_normal_prior(graph, input.size);
    std::vector<double> constants;
    for (const double scale : params_.scales) constants.push_back(2 * static_cast<double>(input.size) * scale);
    graph.penalty("mmd", custom(std::make_shared<Discrepancy>(constants), {code, prior.sample}),
                  params_.weight * graph.nat());
    return {.code = code, .prior = prior};
  }

 private:
  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Wasserstein>(
    "wasserstein", "A code that is distributed as the standard normal prior over each batch (WAE-MMD)."))

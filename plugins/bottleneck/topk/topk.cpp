// Top-k bottleneck: keeps the largest units of each sample (Makhzani & Frey 2014), the largest activations of each unit
// in a batch (Makhzani & Frey 2015) or those of the whole batch (Bussmann et al. 2024), and sets the others to zero.
#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "hourglass/dead_units.hpp"

namespace {

using namespace hourglass;

class TopK final : public Bottleneck {
 public:
  struct Params : DeadUnitLoss {
    std::int64_t k = 0;
    op::TopKScope scope = op::TopKScope::sample;
    double alpha = 1;
    Activation activation = Activation::identity;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("k", &Params::k, {0, 1e9},
              "number of units that each sample keeps, on average if the scope is unit or batch; 0: 1/20 of the code's "
              "units, at least 1");
    table.add(
        "scope", &Params::scope,
        {{"sample", op::TopKScope::sample}, {"unit", op::TopKScope::unit}, {"batch", op::TopKScope::batch}},
        "elements among which the largest are kept in training: those of each sample, of each unit over the batch "
        "(winner-take-all), or of the whole batch (batch top-k)");
    table.add("alpha", &Params::alpha, {0.01, 1000},
              "outside training, each sample keeps its alpha * k largest units, whatever the scope");
    table.add("activation", &Params::activation, activation_names(),
              "non-linearity of the units, applied before the largest are selected");
    declare_dead_unit_loss(table);
  }

  explicit TopK(const Params& params) : params_(params) {}

  Code constrain(Graph& graph, const BottleneckInput& input) const override {
    const auto& encoding = input.encoding;
    const auto size = input.size;
    const auto kept = params_.k > 0 ? params_.k : std::max<std::int64_t>(1, size / 20);
    if (kept > size) {
      throw std::invalid_argument("k = " + std::to_string(kept) +
                                  " is larger than the code's size = " + std::to_string(size) + "; set k to at most " +
                                  std::to_string(size) + ", or use a larger size");
    }
    const auto kept_later = std::clamp<std::int64_t>(std::llround(params_.alpha * static_cast<double>(kept)), 1, size);
    const Node units =
        activation(encoding.is_code ? encoding.features : layer(graph, encoding.features, size), params_.activation);
    const Node code = graph.apply(op::TopK{kept, kept_later, params_.scope}, {units});  // [N, K]
    Code result = {.code = code, .sparse = true};
    add_dead_unit_loss(graph, params_, units, result);
    return result;
  }

 private:
  /// Equals dense(), but with a weight [K, H], so that the gradients of units that are not kept cost nothing.
  static Node layer(Graph& graph, Node features, std::int64_t size) {
    const auto inputs = features.shape().size();
    const Node weight = graph.parameter("dense", "weight", {size, inputs}, glorot_uniform(inputs, size));
    return dense_transposed(features, weight, graph.parameter("dense", "bias", {size}, {}));
  }

  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<TopK>("topk", "Keeps only the largest units of the code; the others are zero."))

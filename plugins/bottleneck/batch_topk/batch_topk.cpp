// Batch top-k bottleneck (Bussmann et al. 2024): in training, keeps the largest units of the whole batch, so that
// samples differ in the number of active units; afterwards, those above a threshold that training has measured.
#include <algorithm>
#include <stdexcept>

#include "hourglass/dead_units.hpp"

namespace {

using namespace hourglass;

class BatchTopK final : public Bottleneck {
 public:
  struct Params : DeadUnitLoss {
    std::int64_t k = 0;
    double decay = 0.99;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("k", &Params::k, {0, 1e9},
              "mean number of active units of a sample: k times the batch size are kept in each batch of training; 0: "
              "1/20 of the code's units, at least 1");
    table.add("decay", &Params::decay, {0, 0.99999},
              "share of the threshold that each batch keeps; the rest is the least kept activation of the batch");
    declare_dead_unit_loss(table);
  }

  explicit BatchTopK(const Params& params) : params_(params) {}

  Code constrain(Graph& graph, const BottleneckInput& input) const override {
    const auto kept = params_.k > 0 ? params_.k : std::max<std::int64_t>(1, input.size / 20);
    if (kept > input.size) {
      throw std::invalid_argument("k = " + std::to_string(kept) +
                                  " is larger than the code's size = " + std::to_string(input.size) +
                                  "; set k to at most " + std::to_string(input.size) + ", or use a larger size");
    }
    const Node units = relu(code_units(input.encoding, input.size));  // [N, K]
    Code result = {.code = batch_top_k(units, kept, params_.decay), .sparse = true};
    add_dead_unit_loss(graph, params_, units, result);
    return result;
  }

 private:
  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<BatchTopK>(
    "batch_topk", "Keeps the largest units of the batch in training, then those above the threshold that it learned."))

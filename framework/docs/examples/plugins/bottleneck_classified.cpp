// A code with a classifier head that is trained jointly with the reconstruction (Le, Patterson & White 2018): the
// head's cross-entropy is a penalty, and labels are read only in training.
#include "hourglass/bottleneck.hpp"

namespace {

using namespace hourglass;

class Classified final : public Bottleneck {
 public:
  struct Params {
    double weight = 0.1;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("weight", &Params::weight, {0, 1e6}, "weight of the head's cross-entropy in nats");
  }
  explicit Classified(const Params& params) : params_(params) {}

  bool reads_labels() const override { return true; }

  Code constrain(Graph& graph, const BottleneckInput& input) const override {
    const Node code = tanh(code_units(input.encoding, input.size));          // [N, K]
    const Node classes = softmax(dense(code, input.labels.shape().size()));  // [N, classes]
    graph.penalty("cross_entropy", -(input.labels * log(classes + 1e-7)), params_.weight);
    return {code};
  }

 private:
  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Classified>("classified", "A code with a jointly trained classifier head."))

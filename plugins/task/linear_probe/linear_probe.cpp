// Measures how well a linear classifier predicts the labels from frozen codes.
#include "hourglass/task.hpp"

namespace {

using namespace hourglass;

class LinearProbe final : public Task {
 public:
  struct Params {
    double l2 = 1e-4;
    std::int64_t labels = 0;
    std::int64_t iterations = 200;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("l2", &Params::l2, {0, 1e6},
              "weight of the L2 penalty relative to the mean cross-entropy, on standardised codes");
    table.add("labels", &Params::labels, {0, 1e9},
              "number of labelled training images, drawn evenly from the classes; 0: all");
    table.add("iterations", &Params::iterations, {1, 1e6},
              "maximum number of L-BFGS steps; it stops earlier once it has converged");
  }

  explicit LinearProbe(const Params& params) : params_(params) {}

  Needs needs() const override { return {.labels = true, .label_budget = params_.labels}; }

  void run(TaskContext& context) const override {
    const auto result =
        context.fit.classifier({.l2 = params_.l2, .labels = params_.labels, .iterations = params_.iterations});
    const std::string protocol =
        "logistic regression on frozen codes of " +
        (params_.labels > 0 ? std::to_string(params_.labels) + " labelled training images" : "all training images") +
        (context.model.reads_labels() ? "; the network reads labels" : "");
    context.report.metric({"accuracy", Split::test, result.test_accuracy, "1", Direction::higher, protocol});
    context.report.metric({"accuracy", Split::train, result.train_accuracy, "1", Direction::higher, protocol});
  }

 private:
  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<LinearProbe>("linear_probe", "Accuracy of logistic regression on frozen codes."))

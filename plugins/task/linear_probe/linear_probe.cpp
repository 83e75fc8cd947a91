// Measures how well a linear classifier predicts the labels from frozen codes, compared with the pixels.
#include "hourglass/task.hpp"

namespace {

using namespace hourglass;

class LinearProbe final : public Task {
 public:
  struct Params {
    double l2 = 1e-4;
    std::int64_t labels = 0;
    std::int64_t iterations = 500;
    std::vector<std::string> baselines = {"pixels"};
  };
  static void declare(ParamTable<Params>& table) {
    table.add("l2", &Params::l2, {0, 1e6},
              "weight of the L2 penalty relative to the mean cross-entropy, on standardised codes");
    table.add("labels", &Params::labels, {0, 1e9},
              "number of labelled training images, drawn evenly from the classes; 0: all");
    table.add("iterations", &Params::iterations, {1, 1e6},
              "maximum number of L-BFGS steps; it stops earlier once it has converged");
    table.add("baselines", &Params::baselines, Choices{code_baselines()}, "what else the classifier is fitted to");
  }

  explicit LinearProbe(const Params& params) : params_(params) {}

  Needs needs() const override { return {.labels = true, .label_budget = params_.labels}; }

  void run(TaskContext& context) const override {
    for (const auto representation : compared(context, params_.baselines)) measure(context, representation);
  }

 private:
  /// Fits the classifier to codes or a baseline and reports its accuracies.
  void measure(TaskContext& context, Representation inputs) const {
    const std::string baseline = baseline_of(inputs);
    const std::string name = inputs == Representation::codes    ? "codes"
                             : inputs == Representation::pixels ? "pixels"
                             : inputs == Representation::pca    ? "principal components"
                                                                : "codes of a random encoder";
    const auto result = context.fit.classifier(
        {.l2 = params_.l2, .labels = params_.labels, .iterations = params_.iterations, .inputs = inputs});
    const auto steps = std::to_string(result.iterations) + " steps";
    const auto protocol =
        "logistic regression on the " + name + " of " + std::to_string(result.images) + " training images; " +
        (result.converged ? "converged in " : "not converged in ") + steps +
        (context.model.reads_labels() && inputs == Representation::codes ? "; the network reads labels" : "");
    context.report.metric({"accuracy", Split::test, result.test_accuracy, "1", Direction::higher, protocol, baseline});
    context.report.metric(
        {"accuracy", Split::train, result.train_accuracy, "1", Direction::higher, protocol, baseline});
    if (result.converged) return;
    context.report.note("the classifier on " + name + " has not converged in " + steps + "; raise `iterations`");
  }

  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<LinearProbe>(
    "linear_probe", "Accuracy of logistic regression on frozen codes, compared with the pixels."))

// Fine-tuning (Hinton & Salakhutdinov 2006): trains a classifier head on few labels jointly with the encoder, once from
// the trained encoder and once from scratch. The difference is the benefit of learning without labels.
#include "hourglass/task.hpp"

namespace {

using namespace hourglass;

class FineTuning final : public Task {
 public:
  struct Params {
    std::int64_t labels = 100, draws = 3, epochs = 50;
    double learning_rate = 1e-3;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("labels", &Params::labels, {1, 1e9}, "number of labelled training images per classifier");
    table.add("draws", &Params::draws, {1, 100}, "draws of labels over which the accuracy is averaged");
    table.add("epochs", &Params::epochs, {1, 1e6}, "epochs over the labelled images");
    table.add("learning_rate", &Params::learning_rate, {0, 1}, "learning rate of Adam");
  }
  explicit FineTuning(const Params& params) : params_(params) {}

  Needs needs() const override { return {.labels = true, .label_budget = params_.labels, .label_free_encoder = true}; }
  void run(TaskContext& context) const override {
    using Training = ClassifierOptions::Training;
    for (const auto training : {Training::joint, Training::scratch}) {
      double accuracy = 0;
      for (std::int64_t draw = 0; draw < params_.draws; ++draw) {
        const auto result = context.fit.classifier({.training = training,
                                                    .labels = params_.labels,
                                                    .epochs = params_.epochs,
                                                    .learning_rate = params_.learning_rate,
                                                    .seed = draw});
        accuracy += result.test_accuracy / static_cast<double>(params_.draws);
      }
      context.report.metric(
          {"accuracy", Split::test, accuracy, "1", Direction::higher,
           std::to_string(params_.labels) + " labels, mean of " + std::to_string(params_.draws) + " draws",
           training == Training::scratch ? "from_scratch" : ""});
    }
  }

 private:
  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<FineTuning>("fine_tuning", "Accuracy of a head trained jointly with the encoder."))

// Fine-tuning (Hinton & Salakhutdinov 2006): how many labels does a pretrained encoder save? For each budget of labels,
// a classifier is trained jointly with the encoder, on frozen codes, from scratch, and on the pixels.
#include <algorithm>
#include <cmath>

#include "hourglass/task.hpp"

namespace {

using namespace hourglass;

/// One way of fitting, which becomes a row of the table: the model's is fine-tuning, all others are baselines.
struct Way {
  const char* name;      ///< as in the key `trainings`
  const char* baseline;  ///< of its metrics
  ClassifierOptions::Training training;
  Representation inputs = Representation::codes;
};
using Training = ClassifierOptions::Training;
constexpr Way kWays[] = {{"joint", "", Training::joint},
                         {"frozen", "frozen", Training::frozen},
                         {"scratch", "from_scratch", Training::scratch},
                         {"pixels", "pixels", Training::frozen, Representation::pixels}};

struct Summary {
  double mean = 0, deviation = 0;
};

Summary summary_of(const std::vector<double>& values) {
  Summary result;
  const auto count = static_cast<double>(values.size());
  for (const double value : values) result.mean += value / count;
  if (values.size() < 2) return result;
  for (const double value : values) result.deviation += std::pow(value - result.mean, 2) / (count - 1);
  result.deviation = std::sqrt(result.deviation);
  return result;
}

class FineTune final : public Task {
 public:
  struct Params {
    std::vector<std::int64_t> labels = {100, 600, 1000, 3000, 0};
    std::vector<std::string> trainings = {"joint", "frozen", "scratch", "pixels"};
    std::int64_t draws = 3, epochs = 5, steps = 500, batch_size = 128, iterations = 200;
    double learning_rate = 1e-3, l2 = 1e-2;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("labels", &Params::labels, {0, 1e9},
              "numbers of labelled training images, drawn evenly from the classes; 0: all; those above the number of "
              "training images are left out");
    table.add(
        "trainings", &Params::trainings, Choices{{"joint", "frozen", "scratch", "pixels"}},
        "joint: a linear layer on the code, trained together with the encoder; frozen: logistic regression on the "
        "codes; scratch: as joint, from the initial parameters; pixels: logistic regression on the pixels");
    table.add("draws", &Params::draws, {1, 1000}, "draws of the labelled images for each number of labels");
    table.add("epochs", &Params::epochs, {1, 1e6},
              "joint and scratch: least number of epochs over the labelled images");
    table.add("steps", &Params::steps, {0, 1e9},
              "joint and scratch: least number of updates, for which further epochs are added where labels are few");
    table.add("batch_size", &Params::batch_size, {1, 1e6}, "joint and scratch: images of an update");
    table.add("learning_rate", &Params::learning_rate, {0, 1}, "joint and scratch: learning rate of Adam");
    table.add("l2", &Params::l2, {0, 1e6}, "frozen and pixels: weight of the L2 penalty of logistic regression");
    table.add("iterations", &Params::iterations, {1, 1e6}, "frozen and pixels: maximum number of L-BFGS steps");
  }

  explicit FineTune(const Params& params) : params_(params) {
    if (params_.labels.empty() || params_.trainings.empty())
      throw std::invalid_argument("'labels' and 'trainings' expect at least one value each");
  }

  Needs needs() const override {
    const auto encoder =
        std::ranges::any_of(kWays, [&](const Way& way) { return uses(way) && way.training != Training::frozen; });
    return {.labels = true, .label_budget = std::ranges::min(params_.labels), .label_free_encoder = encoder};
  }

  void run(TaskContext& context) const override {
    const auto available = static_cast<std::int64_t>(context.data.labels(Split::train).size());
    Curve curve{"labelled images", "test accuracy", {}, {}};
    std::vector<std::vector<std::string>> cells;
    for (const auto& way : kWays) {
      if (!uses(way)) continue;
      curve.series.emplace_back(way.name);
      auto& line = curve.points.emplace_back();
      for (const auto budget : params_.labels) {
        if (budget > available) continue;
        const auto count = budget == 0 ? available : budget;
        const auto values = accuracies(context, way, count, available);
        const auto [mean, deviation] = summary_of(values);
        const auto draws = std::to_string(values.size());
        line.emplace_back(static_cast<double>(count), mean);
        cells.push_back({way.name, std::to_string(count), std::to_string(mean), std::to_string(deviation), draws});
        context.report.metric(
            {"accuracy_" + (budget == 0 ? "all" : std::to_string(budget)), Split::test, mean, "1", Direction::higher,
             protocol(way, count, available) + (values.size() > 1 ? "mean of " + draws + " draws" : "1 draw"),
             way.baseline});
      }
      std::ranges::sort(line);
    }
    context.report.table("accuracies", {"training", "labels", "accuracy", "deviation", "draws"}, cells);
    context.report.curve("accuracy", curve);
    std::string left_out;
    for (const auto budget : params_.labels) {
      if (budget > available) left_out += (left_out.empty() ? "" : ", ") + std::to_string(budget);
    }
    if (!left_out.empty()) {
      context.report.note(left_out + " labels are left out, because there are only " + std::to_string(available) +
                          " training images");
    }
  }

 private:
  bool uses(const Way& way) const { return std::ranges::find(params_.trainings, way.name) != params_.trainings.end(); }

  std::int64_t epochs(std::int64_t count) const {
    const auto updates = (count + params_.batch_size - 1) / params_.batch_size;
    return std::max(params_.epochs, (params_.steps + updates - 1) / updates);
  }

  /// Returns the test accuracy of each draw. Logistic regression on all images has the same result for every draw.
  std::vector<double> accuracies(TaskContext& context, const Way& way, std::int64_t count,
                                 std::int64_t available) const {
    std::vector<double> result;
    const bool same = way.training == Training::frozen && count == available;
    for (std::int64_t draw = 0; draw < (same ? 1 : params_.draws); ++draw) {
      result.push_back(context.fit
                           .classifier({.training = way.training,
                                        .l2 = params_.l2,
                                        .labels = count,
                                        .iterations = params_.iterations,
                                        .epochs = epochs(count),
                                        .learning_rate = params_.learning_rate,
                                        .batch_size = params_.batch_size,
                                        .seed = draw,
                                        .inputs = way.inputs})
                           .test_accuracy);
    }
    return result;
  }

  std::string protocol(const Way& way, std::int64_t count, std::int64_t available) const {
    const auto labels =
        count == available ? "all " + std::to_string(count) + " labels, " : std::to_string(count) + " labels, ";
    if (way.training == Training::frozen)
      return labels + "logistic regression on " + (*way.baseline == 'p' ? "pixels, " : "frozen codes, ");
    return labels + (way.training == Training::joint ? "fine-tuned for " : "from scratch for ") +
           std::to_string(epochs(count)) + " epochs, ";
  }

  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<FineTune>(
    "fine_tune", "Accuracy by number of labels: fine-tuned encoder, frozen codes, training from scratch, pixels."))

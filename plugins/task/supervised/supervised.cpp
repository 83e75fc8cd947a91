// The discriminative model p(y|x): the encoder's network with a linear layer, trained from scratch on all labels. Its
// accuracy and calibration, and its confidence on images that belong to no class.
#include <algorithm>
#include <numeric>

#include "hourglass/task.hpp"

namespace {

using namespace hourglass;

/// Images per read.
constexpr std::int64_t kBlock = 1024;

class Supervised final : public Task {
 public:
  struct Params {
    std::int64_t epochs = 10, batch_size = 128;
    double learning_rate = 1e-3;
    std::vector<std::string> outliers = {"uniform", "shuffled"};
    Chosen<Dataset> dataset;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("epochs", &Params::epochs, {1, 1e6}, "epochs over the labelled training images");
    table.add("batch_size", &Params::batch_size, {1, 1e6}, "images of an update");
    table.add("learning_rate", &Params::learning_rate, {0, 1}, "learning rate of Adam");
    table.add(
        "outliers", &Params::outliers, Choices{{"uniform", "shuffled", "excluded"}},
        "images of no class; uniform: pixels uniform in [0, 1]; shuffled: the pixels of each test image in random "
        "order; excluded: test images of the classes that [dataset] leaves out");
    table.add(
        "dataset", &Params::dataset,
        "dataset whose test images, or all if it has no test split, are outliers, too; of the same shape and range");
  }

  explicit Supervised(const Params& params) : params_(params) {}

  Needs needs() const override {
    return {.labels = true,
            .label_free_encoder = true,
            .excluded = std::ranges::find(params_.outliers, "excluded") != params_.outliers.end()};
  }

  void run(TaskContext& context) const override {
    const auto classifier = context.fit.image_classifier({.training = ClassifierOptions::Training::scratch,
                                                          .epochs = params_.epochs,
                                                          .learning_rate = params_.learning_rate,
                                                          .batch_size = params_.batch_size});
    const auto protocol = classifier->description();
    const auto report = [&](const std::string& name, Split split, double value, const char* unit, Direction better,
                            const std::string& how) {
      context.report.metric({name, split, value, unit, better, how});
    };
    const auto& clean = context.data.clean(Split::test);
    const auto probabilities = predict(context, *classifier, clean);
    const auto measured = context.statistics.calibration(probabilities, context.data.labels(Split::test));
    report("accuracy", Split::test, measured.accuracy, "1", Direction::higher, protocol);
    report("accuracy", Split::train, classifier->result().train_accuracy, "1", Direction::higher, protocol);
    report("nll", Split::test, measured.nll, "nats/img", Direction::lower, protocol);
    report("ece", Split::test, measured.ece, "1", Direction::lower, protocol + "; 15 bins of confidence");
    report("brier", Split::test, measured.brier, "1", Direction::lower, protocol);
    const auto confident = confidences(probabilities, context.data.classes());
    const auto compare = [&](const std::string& name, const Rows& outliers, const std::string& words) {
      const auto unsure = confidences(predict(context, *classifier, outliers), context.data.classes());
      const auto on = protocol + "; " + words;
      report("confidence_" + name, Split::test,
             std::accumulate(unsure.begin(), unsure.end(), 0.0) / static_cast<double>(unsure.size()), "1",
             Direction::lower, on + ", mean largest probability");
      // Confidence is to be higher for test images than for outliers.
      report("auroc_" + name, Split::test, context.statistics.detection(confident, unsure).auroc, "1",
             Direction::higher, on + " told from test images by the largest probability");
    };
    for (const auto& name : params_.outliers) compare(name, outliers(context.data, name), name + " images");
    if (params_.dataset) {
      compare("dataset", *context.data.images(params_.dataset.object), "images of " + params_.dataset.text);
    }
  }

 private:
  static std::vector<float> predict(TaskContext& context, ImageClassifier& classifier, const Rows& images) {
    const auto classes = context.data.classes();
    std::vector<float> probabilities(static_cast<std::size_t>(images.rows() * classes)), block;
    for (std::int64_t first = 0; first < images.rows(); first += kBlock) {
      const auto count = std::min(kBlock, images.rows() - first);
      block.resize(static_cast<std::size_t>(count * images.columns()));
      images.read(first, block);
      classifier.probabilities(
          block, std::span(probabilities)
                     .subspan(static_cast<std::size_t>(first * classes), static_cast<std::size_t>(count * classes)));
    }
    return probabilities;
  }

  static std::vector<double> confidences(const std::vector<float>& probabilities, std::int64_t classes) {
    std::vector<double> result;
    for (auto row = probabilities.begin(); row != probabilities.end(); row += classes)
      result.push_back(*std::max_element(row, row + classes));
    return result;
  }

  static const Rows& outliers(TaskData& data, const std::string& name) {
    const auto found = std::ranges::find(outlier_names(), name, &Names<Outliers>::value_type::first);
    return found == outlier_names().end() ? data.excluded(Split::test) : data.outliers(found->second, Split::test);
  }

  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Supervised>(
    "supervised",
    "The same encoder trained from scratch on the labels: accuracy, calibration, confidence on outliers."))

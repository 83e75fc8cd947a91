// Classifies by Bayes' rule from a model that reads labels, p(y|x) = p(x|y) p(y) / p(x), and rejects images that are
// unlikely under every class.
#include <algorithm>
#include <cmath>

#include "hourglass/task.hpp"

namespace {

using namespace hourglass;

/// Images per read.
constexpr std::int64_t kBlock = 256;

class GenerativeClassifier final : public Task {
 public:
  struct Params {
    std::int64_t images = 1000, samples = 16;
    std::vector<std::string> outliers = {"uniform", "shuffled"};
  };
  static void declare(ParamTable<Params>& table) {
    table.add("images", &Params::images, {1, 1e9}, "number of test images, and of outliers of each kind");
    table.add("samples", &Params::samples, {1, 1e6}, "importance samples for log p(x|y), per image and class");
    table.add("outliers", &Params::outliers, Choices{{"uniform", "shuffled"}},
              "images to reject; uniform: pixels uniform in [0, 1]; shuffled: the pixels of each test image in random "
              "order");
  }

  explicit GenerativeClassifier(const Params& params) : params_(params) {}

  Needs needs() const override { return {.labels = true, .density = true, .conditional = true}; }

  void run(TaskContext& context) const override {
    const auto& clean = context.data.clean(Split::test);
    const auto count = std::min(params_.images, clean.rows());
    const Joint joint = densities(context, clean, count);
    const auto labels = context.data.labels(Split::test).first(static_cast<std::size_t>(count));
    const auto calibration = context.statistics.calibration(joint.posteriors(), labels);
    const auto how = "Bayes' rule from log p(x|y) with " + std::to_string(params_.samples) + " samples, on " +
                     std::to_string(count) + " test images; class frequencies of train";
    const auto report = [&](const std::string& name, double value, const char* unit, Direction better,
                            const std::string& more) {
      context.report.metric({name, Split::test, value, unit, better, how + more});
    };
    report("accuracy", calibration.accuracy, "1", Direction::higher, "");
    report("nll", calibration.nll, "nats/img", Direction::lower, "");
    report("ece", calibration.ece, "1", Direction::lower, "; 15 bins of confidence");
    const auto usual = joint.evidence();
    for (const auto& name : params_.outliers) {
      const auto kind = std::ranges::find(outlier_names(), name, &Names<Outliers>::value_type::first)->second;
      const Joint of_outliers = densities(context, context.data.outliers(kind, Split::test), count);
      report("auroc_" + name, context.statistics.detection(usual, of_outliers.evidence()).auroc, "1", Direction::higher,
             "; " + name + " images told from test images by p(x), the sum over the classes");
      report("auroc_max_" + name, context.statistics.detection(joint.largest(), of_outliers.largest()).auroc, "1",
             Direction::higher, "; " + name + " images told from test images by the largest p(x|y) p(y)");
    }
  }

 private:
  /// log p(x|y) p(y) of images, [n, classes], in nats.
  struct Joint {
    std::size_t classes;
    std::vector<double> nats;

    std::vector<double> largest() const {
      std::vector<double> result;
      for (std::size_t row = 0; row < nats.size(); row += classes) result.push_back(top(row));
      return result;
    }
    /// log p(x) of each image.
    std::vector<double> evidence() const {
      std::vector<double> result;
      for (std::size_t row = 0; row < nats.size(); row += classes) {
        double sum = 0;
        for (std::size_t y = 0; y < classes; ++y) sum += std::exp(nats[row + y] - top(row));
        result.push_back(top(row) + std::log(sum));
      }
      return result;
    }
    /// p(y|x), [n, classes].
    std::vector<float> posteriors() const {
      const auto of_image = evidence();
      std::vector<float> result;
      for (std::size_t i = 0; i < nats.size(); ++i)
        result.push_back(static_cast<float>(std::exp(nats[i] - of_image[i / classes])));
      return result;
    }

   private:
    double top(std::size_t row) const { return std::ranges::max(std::span(nats).subspan(row, classes)); }
  };

  Joint densities(TaskContext& context, const Rows& rows, std::int64_t count) const {
    const Labels train = context.data.labels(Split::train);
    const auto classes = static_cast<std::size_t>(context.data.classes());
    Joint result{classes, std::vector<double>(static_cast<std::size_t>(count) * classes)};
    std::vector<float> images;
    std::vector<double> nats;
    for (std::int64_t first = 0; first < count; first += kBlock) {
      const auto n = static_cast<std::size_t>(std::min(kBlock, count - first));
      images.resize(n * static_cast<std::size_t>(rows.columns()));
      nats.resize(n);
      rows.read(first, images);
      for (std::size_t y = 0; y < classes; ++y) {
        const auto label = static_cast<std::int32_t>(y);
        const auto share = static_cast<double>(std::ranges::count(train, label)) / static_cast<double>(train.size());
        context.model.log_likelihood(images, nats, params_.samples, context.rng, std::vector<std::int32_t>(n, label));
        for (std::size_t i = 0; i < n; ++i)
          result.nats[(static_cast<std::size_t>(first) + i) * classes + y] = nats[i] + std::log(share);
      }
    }
    return result;
  }

  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<GenerativeClassifier>(
    "generative_classifier",
    "Labels by Bayes' rule from p(x|y) of a model that reads labels, and rejection of outliers."))

// The example tasks, and samples from the prior and likelihoods of the example networks.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cmath>

#include "evaluate/evaluation.hpp"
#include "evaluate/faces/data_face.hpp"
#include "evaluate/faces/fit_face.hpp"
#include "evaluate/faces/model_face.hpp"
#include "evaluate/needs.hpp"
#include "host/create_plugin.hpp"
#include "reach/examples.hpp"
#include "support/experiment.hpp"

using namespace hourglass;

namespace {

/// An untrained model for 180 training and 50 test images, and its faces.
struct Run {
  Run(const std::string& architecture, const std::string& bottleneck, const std::string& task)
      : subject(test::resolve_experiment(
                    "[dataset]\nplugin = \"shapes\"\ntrain_size = 200\ntest_size = 50\nside = 10\n[architecture]\n"
                    "plugin = \"" +
                        architecture + "\"\n[bottleneck]\nplugin = \"" + bottleneck + "\"\nsize = 4\n" + task,
                    {}, test::example_schema(), test::examples()),
                1),
        network(*subject.autoencoder.network, false),
        model({subject, network}, {}),
        data(subject, model, {}),
        fit({subject, network}, model, data, {}) {
    network.initialise(*subject.autoencoder.network, 1);
  }

  /// Runs the task and returns its metrics.
  std::vector<Metric> measure() {
    const test::TemporaryFolder folder;
    const std::atomic<bool> stop = false;
    evaluate::Evaluation evaluation({subject, network}, stop);
    auto outcome = evaluation.run(evaluate::tasks_of(subject).at(0), folder.path());
    REQUIRE_MESSAGE(outcome.error.empty(), outcome.error);
    return outcome.metrics;
  }

  /// Returns why the task cannot run.
  std::vector<std::string> refusals() const {
    const auto* section = subject.config.all(Task::kKind).front();
    return evaluate::unmet_needs(*host::create<Task>(*section->alternative->plugin, section->values()), subject);
  }

  subject::Subject subject;
  compute::Model network;
  evaluate::ModelFace model;
  evaluate::DataFace data;
  evaluate::FitFace fit;
};

std::vector<float> all(const Rows& rows) {
  std::vector<float> values(static_cast<std::size_t>(rows.rows() * rows.columns()));
  rows.read(0, values);
  return values;
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

}  // namespace

TEST_CASE("reach: a nearest-neighbour task classifies codes by vote") {
  for (const std::size_t k : {1, 3}) {
    CAPTURE(k);
    Run run("mlp", "dense", "[[task]]\nplugin = \"knn\"\nk = " + std::to_string(k) + "\n");
    const auto known = all(run.data.codes(Split::train)), asked = all(run.data.codes(Split::test));
    const auto of_known = run.data.labels(Split::train), of_asked = run.data.labels(Split::test);
    double right = 0;
    for (std::size_t i = 0; i < of_asked.size(); ++i) {
      std::vector<std::pair<float, int>> near;
      for (std::size_t j = 0; j < of_known.size(); ++j) {
        float distance = 0;
        for (std::size_t c = 0; c < 4; ++c) distance += std::pow(known[4 * j + c] - asked[4 * i + c], 2.0F);
        near.emplace_back(distance, of_known[j]);
      }
      std::ranges::sort(near);
      int ones = 0;
      for (std::size_t n = 0; n < k; ++n) ones += near[n].second;
      right += (2 * ones > static_cast<int>(k) ? 1 : 0) == of_asked[i] ? 1 : 0;
    }
    const auto metrics = run.measure();
    REQUIRE(metrics.size() == 1);
    CHECK(metrics[0].name == "accuracy");
    CHECK(metrics[0].value == doctest::Approx(right / 50));
    CHECK(metrics[0].value > 0.5);
  }
}

TEST_CASE("reach: a task that fine-tunes a head jointly with the encoder") {
  const std::string task = "[[task]]\nplugin = \"fine_tuning\"\nlabels = 60\ndraws = 2\nepochs = 20\n";
  Run run("mlp", "dense", task);
  // Makes the trained encoder differ from a new one.
  for (auto& value : run.network.parameters()) value *= 1.5F;
  const auto metrics = run.measure();
  REQUIRE(metrics.size() == 2);
  for (const auto& metric : metrics) {
    CAPTURE(metric.baseline);
    const auto training =
        metric.baseline.empty() ? ClassifierOptions::Training::joint : ClassifierOptions::Training::scratch;
    double accuracy = 0;
    for (const int seed : {0, 1})
      accuracy +=
          run.fit.classifier({.training = training, .labels = 60, .epochs = 20, .seed = seed}).test_accuracy / 2;
    CHECK(metric.name == "accuracy");
    CHECK(metric.value == doctest::Approx(accuracy));
    CHECK(metric.protocol == "60 labels, mean of 2 draws");
  }
  CHECK(metrics[0].baseline == "");
  CHECK(metrics[1].baseline == "from_scratch");
  CHECK(run.refusals().empty());
  CHECK(
      Run("conditional", "dense", task).refusals() ==
      std::vector<std::string>{"needs an encoder that does not read labels, but that of architecture conditional and "
                               "bottleneck dense does; remove the task or choose another architecture or bottleneck"});
}

TEST_CASE("reach: codes are sampled from the priors of the examples, and likelihoods are estimated") {
  const std::vector<std::pair<std::string, std::string>> pairs = {
      {"mlp", "variational"}, {"mlp", "class_prior"}, {"conditional", "class_prior"}, {"mlp", "conditional"}};
  for (const auto& [architecture, bottleneck] : pairs) {
    CAPTURE(architecture);
    CAPTURE(bottleneck);
    Run run(architecture, bottleneck, "");
    CHECK_FALSE(evaluate::prior_fault(run.subject.autoencoder));
    CHECK_FALSE(evaluate::density_fault(run.subject.autoencoder));
    CHECK(run.model.reads_labels() == (bottleneck != "variational"));
    // Tasks always pass labels.
    const auto labels = run.data.labels(Split::test);
    const auto images = all(run.data.clean(Split::test));
    base::PhiloxRng rng(1, base::Stream::task, 0, 0);
    std::vector<double> one(50), many(50);
    run.model.log_likelihood(images, one, 1, rng, labels);
    run.model.log_likelihood(images, many, 100, rng, labels);
    CHECK(std::isfinite(mean_of(one)));
    CHECK(mean_of(one) < mean_of(many));
    std::vector<float> codes(50 * 4), drawn(images.size());
    run.model.sample_codes(codes, rng, labels);
    run.model.decode(codes, drawn, labels);
    CHECK(std::ranges::all_of(drawn, [](float pixel) { return std::isfinite(pixel); }));
    if (!run.model.reads_labels()) continue;
    CHECK_THROWS_AS(run.model.log_likelihood(images, one, 1, rng, {}), std::invalid_argument);
    if (bottleneck == "class_prior") CHECK_THROWS_AS(run.model.sample_codes(codes, rng, {}), std::invalid_argument);
    CHECK_THROWS_AS(run.model.decode(codes, drawn, {}), std::invalid_argument);
  }
}

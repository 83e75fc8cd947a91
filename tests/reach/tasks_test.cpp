// Samples from the prior, likelihoods and classification by Bayes' rule of the example networks.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cmath>

#include "evaluate/evaluation.hpp"
#include "evaluate/faces/data_face.hpp"
#include "evaluate/faces/model_face.hpp"
#include "evaluate/generation.hpp"
#include "evaluate/needs.hpp"
#include "host/create_plugin.hpp"
#include "reach/examples.hpp"
#include "support/experiment.hpp"

using namespace hourglass;

namespace {

/// An untrained model for 180 training and 50 test images, and its faces.
struct Run {
  Run(const std::string& architecture, const std::string& bottleneck)
      : subject(test::resolve_experiment(
                    "[dataset]\nplugin = \"shapes\"\ntrain_size = 200\ntest_size = 50\nside = 10\n[architecture]\n"
                    "plugin = \"" +
                        architecture + "\"\n[bottleneck]\nplugin = \"" + bottleneck + "\"\nsize = 4\n",
                    {}, test::example_schema(), test::examples()),
                1),
        network(*subject.autoencoder.network, false),
        model({subject, network}, {}),
        data(subject, model, {}) {
    network.initialise(*subject.autoencoder.network, 1);
  }

  subject::Subject subject;
  compute::Model network;
  evaluate::ModelFace model;
  evaluate::DataFace data;
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

TEST_CASE("reach: a generative classifier follows Bayes' rule with the likelihoods of the model") {
  const auto config = test::resolve_experiment(
      "[dataset]\nplugin = \"shapes\"\ntrain_size = 200\ntest_size = 50\nside = 10\n[architecture]\nplugin = "
      "\"conditional\"\n[bottleneck]\nplugin = \"class_prior\"\nsize = 4\n[[task]]\nplugin = "
      "\"generative_classifier\"\nsamples = 2000\n",
      {}, test::example_schema(), test::examples());
  const subject::Subject subject(config, 1);
  compute::Model network(*subject.autoencoder.network, false);
  network.initialise(*subject.autoencoder.network, 1);
  evaluate::ModelFace model({subject, network}, {});
  evaluate::DataFace data(subject, model, {});
  const auto labels = data.labels(Split::test), known = data.labels(Split::train);
  std::vector<double> joint(100);  // [classes, images]
  double nll = 0;
  for (const std::int32_t y : {0, 1}) {
    base::PhiloxRng rng(5, base::Stream::task, 0, 0);
    const auto nats = std::span(joint).subspan(static_cast<std::size_t>(y) * 50, 50);
    model.log_likelihood(all(data.clean(Split::test)), nats, 2000, rng, std::vector<std::int32_t>(50, y));
    const auto share = static_cast<double>(std::ranges::count(known, y)) / static_cast<double>(known.size());
    for (auto& value : nats) value += std::log(share);
  }
  for (std::size_t i = 0; i < 50; ++i) {
    const double odds = labels[i] == 0 ? joint[50 + i] - joint[i] : joint[i] - joint[50 + i];
    nll += std::log1p(std::exp(odds)) / 50;
  }
  const test::TemporaryFolder folder;
  const std::atomic<bool> stop = false;
  evaluate::Evaluation evaluation({subject, network}, stop);
  const auto outcome = evaluation.run(evaluate::tasks_of(subject).at(0), folder.path());
  REQUIRE_MESSAGE(outcome.error.empty(), outcome.error);
  const auto measured = std::ranges::find(outcome.metrics, "nll", &Metric::name);
  REQUIRE(measured != outcome.metrics.end());
  // Other draws of the codes: 2000 samples leave a few hundredths of a nat.
  CHECK(measured->value == doctest::Approx(nll).epsilon(0.1));
  CHECK(std::ranges::all_of(outcome.metrics, [](const Metric& metric) { return std::isfinite(metric.value); }));
}

TEST_CASE("reach: codes are sampled from the priors of the examples, and likelihoods are estimated") {
  const std::vector<std::pair<std::string, std::string>> pairs = {
      {"mlp", "variational"}, {"mlp", "class_prior"}, {"conditional", "class_prior"}, {"mlp", "conditional"}};
  for (const auto& [architecture, bottleneck] : pairs) {
    CAPTURE(architecture);
    CAPTURE(bottleneck);
    Run run(architecture, bottleneck);
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

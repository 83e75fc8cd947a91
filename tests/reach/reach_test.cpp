// The example networks use only the public headers, in at most 50 lines each. Tests check their gradients, train them
// for a few steps, and sample from those with a prior.
#include <doctest/doctest.h>

#include <cmath>
#include <fstream>

#include "compute/graph/plan.hpp"
#include "contract/autoencoder_trial.hpp"
#include "reach/examples.hpp"

using namespace hourglass;
using test::Trial;

namespace {

Trial trial(const std::string& architecture, const std::string& bottleneck, std::int64_t size = 6) {
  constexpr ImageShape kShape{1, 9, 7};
  // Smooth, so that finite differences approximate the gradient.
  std::vector<std::string> overrides;
  if (architecture == "mlp") overrides.emplace_back("architecture.activation=tanh");
  return {test::resolve_experiment(Trial::text(architecture, bottleneck, size), overrides, test::example_schema(),
                                   test::examples()),
          kShape, 1};
}

/// Checks the gradients of all trained parameters whose names begin with one of `parts`.
void check_gradients(Trial& trial, const std::vector<std::string>& parts) {
  trial.leave_kinks();
  auto plan = trial.plan(true, {}, {});
  plan.forward({1, 1});
  plan.backward();
  int checked = 0;
  for (const auto& record : trial.autoencoder.network->parameters()) {
    const bool wanted =
        std::ranges::any_of(parts, [&](const std::string& part) { return record.name.starts_with(part); });
    if (!wanted || !record.trained) continue;
    test::check_gradient(trial, plan, record);
    ++checked;
  }
  CHECK(checked > 0);
}

void check_training(Trial& trial) {
  const auto totals = trial.descend(20, 0.02F);
  CHECK(totals.back() < totals.front());
}

const std::vector<std::string> kAll = {"encoder", "bottleneck", "decoder"};

void check_all(Trial trial) {
  check_gradients(trial, kAll);
  check_training(trial);
}

}  // namespace

TEST_CASE("reach: a variational autoencoder") { check_all(trial("mlp", "variational")); }

TEST_CASE("reach: a variational autoencoder's decoder gets a sample in training and the mean otherwise") {
  auto tested = trial("mlp", "variational");
  const auto& autoencoder = tested.autoencoder;
  auto training = tested.plan(true, {}, {autoencoder.code, autoencoder.decoded});
  training.forward({1, 1});
  CHECK(test::copy(training.value(autoencoder.code)) != test::copy(training.value(autoencoder.decoded)));
  auto inference = tested.plan(false, {}, {autoencoder.code, autoencoder.decoded});
  inference.forward();
  CHECK(test::copy(inference.value(autoencoder.code)) == test::copy(inference.value(autoencoder.decoded)));
}

TEST_CASE("reach: a variational autoencoder states its densities, and images are sampled from its prior") {
  auto tested = trial("mlp", "variational");
  const auto& autoencoder = tested.autoencoder;
  compute::Plan plan(*autoencoder.network, tested.model,
                     {.batch = Trial::kBatch,
                      .feeds = {},
                      .outputs = {autoencoder.decoded, autoencoder.log_prior, autoencoder.log_posterior},
                      .objective = {},
                      .draws_codes = true});
  std::ranges::copy(tested.images, plan.feed(autoencoder.image).begin());
  plan.forward({1, 1});
  const auto decoded = plan.value(autoencoder.decoded), densities = plan.value(autoencoder.log_prior);
  for (std::size_t n = 0; n < densities.size(); ++n) {
    double density = 0;
    for (std::size_t k = 0; k < 6; ++k) density -= 0.5 * (std::pow(decoded[n * 6 + k], 2) + std::log(2 * M_PI));
    CHECK(densities[n] == doctest::Approx(density).epsilon(1e-4));
  }
  CHECK(plan.value(autoencoder.log_posterior)[0] != densities[0]);

  auto prior = tested.plan(false, {}, {autoencoder.prior_sample});
  prior.forward({1, 1});
  auto decoder = tested.plan(false, {autoencoder.decoded}, {autoencoder.reconstruction});
  std::ranges::copy(prior.value(autoencoder.prior_sample), decoder.feed(autoencoder.decoded).begin());
  decoder.forward();
  CHECK(std::ranges::all_of(decoder.value(autoencoder.reconstruction), [](float x) { return std::isfinite(x); }));
}

TEST_CASE("reach: a bottleneck with a prior for each class feeds a wider input to the decoder") {
  for (const auto* architecture : {"mlp", "conditional"}) {
    CAPTURE(architecture);
    auto tested = trial(architecture, "class_prior");
    CHECK(tested.autoencoder.decoder_input.shape() == Shape{{6 + Trial::kClasses}});
    check_gradients(tested, kAll);
    check_training(tested);
    // Samples of two classes differ by the distance between their means.
    auto prior = tested.plan(false, {}, {tested.autoencoder.prior_sample});
    prior.forward({1, 1});
    const auto with_labels = test::copy(prior.value(tested.autoencoder.prior_sample));
    const auto labels = prior.feed(tested.autoencoder.labels);
    for (std::size_t n = 0; n < static_cast<std::size_t>(Trial::kBatch); ++n)
      std::swap(labels[2 * n], labels[2 * n + 1]);
    prior.forward({1, 1});
    CHECK(test::copy(prior.value(tested.autoencoder.prior_sample)) != with_labels);
  }
}

TEST_CASE("reach: a code that is trained jointly with a classifier head") {
  auto tested = trial("mlp", "classified");
  check_gradients(tested, kAll);
  check_training(tested);
  CHECK(!tested.plan(false, {}, {tested.autoencoder.reconstruction}).reads(tested.autoencoder.labels));
}

TEST_CASE("reach: a stacked autoencoder, whose layers reconstruct their inputs") {
  auto tested = trial("stacked", "dense");
  check_gradients(tested, kAll);
  check_training(tested);
  CHECK(tested.autoencoder.layers.size() == 2);
}

TEST_CASE("reach: a conditional autoencoder") {
  auto tested = trial("conditional", "dense");
  CHECK(tested.uses_labels());
  check_gradients(tested, kAll);
  check_training(tested);
}

TEST_CASE("reach: a U-shaped network with skip connections") { check_all(trial("unet", "dense")); }

TEST_CASE("reach: a bottleneck with a custom operation") { check_all(trial("mlp", "softsign")); }

TEST_CASE("reach: each example has at most 50 lines") {
  const auto folder = std::filesystem::path(HOURGLASS_SOURCE_DIR) / "framework/docs/examples/plugins";
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path());
    const auto lines = std::count(std::istreambuf_iterator<char>(file), {}, '\n');
    CAPTURE(entry.path().filename().string());
    CHECK(lines <= 50);
    ++files;
  }
  CHECK(files == 7);
}

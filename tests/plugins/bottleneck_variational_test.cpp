// Variational bottlenecks: objectives equal their formulas, computed here in double precision.
#include <doctest/doctest.h>

#include <cmath>

#include "plugins/bottleneck_trial.hpp"

using namespace hourglass;
using test::Trial;

namespace {

constexpr double kBoundTolerance = 1e-5;  // single precision over sums of some hundred terms
constexpr std::int64_t kPixels = 63;

/// Makes mean and log variance of every unit constant, and all pixels 1/2.
void make_constant(Trial& trial, float mean, float log_variance) {
  std::ranges::fill(trial.model.parameters(), 0.0F);
  std::ranges::fill(test::numbers_of(trial, "bottleneck.dense_0.bias"), mean);
  std::ranges::fill(test::numbers_of(trial, "bottleneck.dense_1.bias"), log_variance);
}

/// KL(N(mean, e^log_variance) || N(0, 1)).
double divergence(double mean, double log_variance) {
  return 0.5 * (std::exp(log_variance) + mean * mean - log_variance - 1);
}

/// log N(x; mean, e^log_variance).
double log_normal(double x, double mean, double log_variance) {
  return -0.5 * (std::log(2 * M_PI) + log_variance + (x - mean) * (x - mean) / std::exp(log_variance));
}

}  // namespace

TEST_CASE("variational: with beta 1 the objective is the negative evidence lower bound, whatever the reduction") {
  const double bound = kPixels * std::log(2) + 4 * divergence(1.5, -0.7);
  for (const auto& [reduction, scale] : {std::pair{"sum", 1.0}, {"mean", 1.0 / kPixels}}) {
    auto trial = test::bottleneck_trial("variational", {std::string("train.reduction=") + reduction});
    make_constant(trial, 1.5F, -0.7F);
    const auto losses = test::losses_of(trial);
    CHECK(losses.at("total") == doctest::Approx(scale * bound).epsilon(kBoundTolerance));
    CHECK(losses.at("reconstruction") == doctest::Approx(scale * kPixels * std::log(2)).epsilon(kBoundTolerance));
    CHECK(losses.at("kl") == doctest::Approx(4 * divergence(1.5, -0.7)).epsilon(kBoundTolerance));
  }
}

TEST_CASE("variational: with free bits, a unit costs at least that many nats") {
  auto trial =
      test::bottleneck_trial("variational", {"train.reduction=sum", "bottleneck.free_bits=0.5", "bottleneck.beta=2"});
  make_constant(trial, 0.5F, 0.0F);  // 0.125 nats per unit
  auto losses = test::losses_of(trial);
  CHECK(losses.at("kl") == doctest::Approx(4 * 0.125).epsilon(kBoundTolerance));
  CHECK(losses.at("total") == doctest::Approx(kPixels * std::log(2) + 2 * 4 * 0.5).epsilon(kBoundTolerance));
  make_constant(trial, 2.0F, 0.0F);  // 2 nats per unit
  losses = test::losses_of(trial);
  CHECK(losses.at("total") == doctest::Approx(kPixels * std::log(2) + 2 * 4 * 2).epsilon(kBoundTolerance));
}

TEST_CASE("variational: gradients of all objectives are those of the total") {
  const std::vector<std::vector<std::string>> variants = {
      {"bottleneck.samples=3"},
      {"bottleneck.free_bits=0.01", "train.reduction=sum"},
      {"bottleneck.objective=importance_weighted", "bottleneck.samples=4", "train.reduction=sum"},
      {"bottleneck.objective=importance_weighted", "bottleneck.samples=4"},
      {"bottleneck.objective=importance_weighted", "train.loss=mse", "train.output=sigmoid", "train.reduction=sum"}};
  for (const auto& overrides : variants) {
    CAPTURE(overrides.front());
    auto trial = test::bottleneck_trial("variational", overrides);
    test::check_gradients(trial);
  }
}

TEST_CASE("variational: the importance-weighted objective is -log mean_k w_k of the codes that it drew") {
  constexpr std::size_t kDraws = 5, kUnits = 4;
  auto trial = test::bottleneck_trial(
      "variational", {"train.reduction=sum", "bottleneck.samples=5", "bottleneck.objective=importance_weighted"});
  trial.leave_kinks();
  const auto& autoencoder = trial.autoencoder;
  auto plan = trial.plan(true, {}, {autoencoder.decoded, autoencoder.output, autoencoder.log_posterior});
  const auto losses = test::losses_of(trial, plan);
  const auto codes = plan.value(autoencoder.decoded), logits = plan.value(autoencoder.output);
  const auto log_posterior = plan.value(autoencoder.log_posterior);
  REQUIRE(codes.size() == Trial::kBatch * kDraws * kUnits);
  double bound = 0, reconstruction = 0;
  for (std::size_t n = 0; n < Trial::kBatch; ++n) {
    double mean = 0;
    for (std::size_t row = n * kDraws; row < (n + 1) * kDraws; ++row) {
      double log_weight = -static_cast<double>(log_posterior[row]);
      for (std::size_t k = 0; k < kUnits; ++k) log_weight += log_normal(codes[row * kUnits + k], 0, 0);
      double likelihood = 0;
      for (std::size_t i = 0; i < kPixels; ++i) {
        const double z = logits[row * kPixels + i];
        likelihood -= trial.images[n * kPixels + i] > 0.5F ? std::log1p(std::exp(-z)) : std::log1p(std::exp(z));
      }
      reconstruction -= likelihood / (Trial::kBatch * kDraws);
      mean += std::exp(log_weight + likelihood) / kDraws;
    }
    bound -= std::log(mean) / Trial::kBatch;
  }
  CHECK(losses.at("total") == doctest::Approx(bound).epsilon(kBoundTolerance));
  CHECK(losses.at("reconstruction") == doctest::Approx(reconstruction).epsilon(kBoundTolerance));
  CHECK(losses.at("kl") == doctest::Approx(bound - reconstruction).epsilon(1e-4));
}

TEST_CASE("variational: the densities are those of the normal distributions") {
  auto trial = test::bottleneck_trial("variational");
  make_constant(trial, 1.5F, -0.7F);
  const auto& autoencoder = trial.autoencoder;
  auto plan = trial.plan(true, {}, {autoencoder.decoded, autoencoder.log_posterior});
  plan.forward({1, 1});
  double density = 0;
  for (std::size_t k = 0; k < 4; ++k) density += log_normal(plan.value(autoencoder.decoded)[k], 1.5, -0.7F);
  CHECK(plan.value(autoencoder.log_posterior)[0] == doctest::Approx(density).epsilon(kBoundTolerance));
}

TEST_CASE("variational: samples act in training alone") {
  auto trial = test::bottleneck_trial("variational", {"bottleneck.samples=3"});
  const auto& autoencoder = trial.autoencoder;
  auto plan = trial.plan(false, {}, {autoencoder.decoded, autoencoder.code});
  plan.forward();
  CHECK(test::copy(plan.value(autoencoder.decoded)) == test::copy(plan.value(autoencoder.code)));
}

TEST_CASE("conditional: the class changes code, reconstruction and, with a prior per class, the prior's samples") {
  for (const std::string prior : {"standard", "per_class"}) {
    CAPTURE(prior);
    auto trial = test::bottleneck_trial("conditional", {"bottleneck.prior=" + prior});
    const auto& autoencoder = trial.autoencoder;
    CHECK(autoencoder.decoder_input.shape() == Shape{{4 + Trial::kClasses}});
    const auto swap = [&](compute::Plan& plan) {
      const auto labels = plan.feed(autoencoder.labels);
      for (std::size_t n = 0; n < Trial::kBatch; ++n) std::swap(labels[2 * n], labels[2 * n + 1]);
    };
    auto plan = trial.plan(false, {}, {autoencoder.code});
    plan.forward();
    const auto code = test::copy(plan.value(autoencoder.code));
    swap(plan);
    plan.forward();
    CHECK(test::copy(plan.value(autoencoder.code)) != code);
    auto decoder = trial.plan(false, {autoencoder.decoded}, {autoencoder.reconstruction});
    decoder.forward();
    const auto image = test::copy(decoder.value(autoencoder.reconstruction));
    swap(decoder);
    decoder.forward();
    CHECK(test::copy(decoder.value(autoencoder.reconstruction)) != image);
    if (prior == "standard") continue;
    auto sampler = trial.plan(false, {}, {autoencoder.prior_sample});
    sampler.forward({1, 1});
    const auto sample = test::copy(sampler.value(autoencoder.prior_sample));
    swap(sampler);
    sampler.forward({1, 1});
    CHECK(test::copy(sampler.value(autoencoder.prior_sample)) != sample);
  }
}

TEST_CASE("conditional: the divergence is that from the class's prior") {
  auto trial = test::bottleneck_trial("conditional", {"bottleneck.prior=per_class", "train.reduction=sum"});
  make_constant(trial, 1.5F, -0.7F);
  const auto means = test::numbers_of(trial, "bottleneck.class_0.means");  // [2, 4]
  std::fill_n(means.begin(), 4, 1.0F);
  std::fill_n(means.begin() + 4, 4, -2.0F);
  const auto losses = test::losses_of(trial);  // half of the batch in each class
  CHECK(losses.at("kl") ==
        doctest::Approx(4 * (divergence(0.5, -0.7) + divergence(3.5, -0.7)) / 2).epsilon(kBoundTolerance));
}

TEST_CASE("conditional: gradients are those of the total, with repeated codes and labels") {
  auto trial = test::bottleneck_trial("conditional", {"bottleneck.prior=per_class", "bottleneck.samples=3",
                                                      "bottleneck.objective=importance_weighted"});
  test::check_gradients(trial);
}

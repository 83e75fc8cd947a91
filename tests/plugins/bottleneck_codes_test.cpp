// Wasserstein, vector-quantised and winner-take-all codes: penalties, codebooks and zeros are those of their formulas.
#include <doctest/doctest.h>

#include <cmath>

#include "plugins/bottleneck_trial.hpp"

using namespace hourglass;
using test::Trial;

namespace {

constexpr double kCodeTolerance = 1e-4;  // single precision, of differences of sums

double squared_distance(const float* a, const float* b, std::size_t size) {
  double sum = 0;
  for (std::size_t d = 0; d < size; ++d) sum += std::pow(static_cast<double>(a[d]) - static_cast<double>(b[d]), 2);
  return sum;
}

/// Counts elements of one unit of a code [N, 4] that are not zero.
std::int64_t active(std::span<const float> code, std::size_t unit) {
  std::int64_t count = 0;
  for (std::size_t n = 0; n < code.size() / 4; ++n) count += code[4 * n + unit] != 0;
  return count;
}

}  // namespace

TEST_CASE("wasserstein: the penalty is the unbiased estimate of the squared maximum mean discrepancy") {
  auto trial = test::bottleneck_trial("wasserstein", {"bottleneck.scales=[0.5, 2]", "train.reduction=sum"});
  const auto& autoencoder = trial.autoencoder;
  auto plan = trial.plan(true, {}, {autoencoder.code, autoencoder.prior_sample});
  const auto losses = test::losses_of(trial, plan);
  const auto codes = plan.value(autoencoder.code), draws = plan.value(autoencoder.prior_sample);
  const auto kernel = [](const float* a, const float* b) {
    const double squares = squared_distance(a, b, 4);
    return 4.0 / (4.0 + squares) + 16.0 / (16.0 + squares);  // 2 K s of 0.5 and 2
  };
  constexpr std::size_t kCount = Trial::kBatch;
  double within = 0, across = 0;
  for (std::size_t i = 0; i < kCount; ++i) {
    for (std::size_t j = 0; j < kCount; ++j) {
      across += kernel(&codes[4 * i], &draws[4 * j]);
      if (i != j) within += kernel(&codes[4 * i], &codes[4 * j]) + kernel(&draws[4 * i], &draws[4 * j]);
    }
  }
  const double discrepancy = within / (kCount * (kCount - 1)) - 2 * across / (kCount * kCount);
  CHECK(losses.at("mmd") == doctest::Approx(discrepancy).epsilon(kCodeTolerance));
  CHECK(losses.at("total") == doctest::Approx(losses.at("reconstruction") + 10 * discrepancy).epsilon(kCodeTolerance));
  test::check_gradients(trial);
}

TEST_CASE("vector_quantized: each group of a code is the nearest entry") {
  auto trial = test::bottleneck_trial("vector_quantized", {"bottleneck.groups=2", "bottleneck.entries=5"});
  const auto& autoencoder = trial.autoencoder;
  auto plan = trial.plan(false, {}, {autoencoder.code});
  plan.forward();
  const auto code = plan.value(autoencoder.code);
  const auto entries = test::numbers_of(trial, "bottleneck.codebook_0.vectors");
  for (std::size_t vector = 0; vector < code.size() / 2; ++vector) {
    const auto is_entry = [&](std::size_t e) { return squared_distance(&code[2 * vector], &entries[2 * e], 2) == 0; };
    CHECK((is_entry(0) || is_entry(1) || is_entry(2) || is_entry(3) || is_entry(4)));
  }
  auto prior = trial.plan(false, {}, {autoencoder.prior_sample});
  prior.forward({1, 1});
  const auto sample = prior.value(autoencoder.prior_sample);
  for (std::size_t e = 0; e < 5; ++e) {
    if (squared_distance(&sample[0], &entries[2 * e], 2) == 0) return;
  }
  FAIL("the prior's sample is no entry");
}

TEST_CASE("vector_quantized: a step moves entries towards the mean of the vectors that they replaced") {
  // All vectors are (1, 1, 1, 1), nearest to entry 0; entry 1 is far away.
  auto trial = test::bottleneck_trial("vector_quantized",
                                      {"bottleneck.entries=2", "bottleneck.decay=0.75", "bottleneck.restart_below=0"});
  std::ranges::fill(trial.model.parameters(), 0.0F);
  std::ranges::fill(test::numbers_of(trial, "bottleneck.dense_0.bias"), 1.0F);
  const auto entries = test::numbers_of(trial, "bottleneck.codebook_0.vectors");
  const auto uses = test::numbers_of(trial, "bottleneck.codebook_0.uses");
  const auto sums = test::numbers_of(trial, "bottleneck.codebook_0.sums");
  std::fill_n(entries.begin(), 4, 0.0F);
  std::fill_n(entries.begin() + 4, 4, 8.0F);
  std::ranges::copy(entries, sums.begin());
  std::ranges::fill(uses, 1.0F);
  auto plan = trial.plan(true, {}, {});
  const auto losses = test::losses_of(trial, plan);
  CHECK(losses.at("commitment") == doctest::Approx(4));
  CHECK(losses.at("perplexity") == doctest::Approx(1));
  // uses: 3/4 + 6/4 = 2.25 and 3/4; sums of entry 0: 6/4.
  CHECK(uses[0] == doctest::Approx(2.25));
  CHECK(uses[1] == doctest::Approx(0.75));
  CHECK(entries[0] == doctest::Approx(1.5 / 2.25).epsilon(kCodeTolerance));
  CHECK(entries[4] == doctest::Approx(8).epsilon(kCodeTolerance));
}

TEST_CASE("vector_quantized: an entry that is not used starts again as a vector of the batch") {
  for (const std::string learning : {"average", "gradient"}) {
    CAPTURE(learning);
    auto trial =
        test::bottleneck_trial("vector_quantized", {"bottleneck.entries=2", "bottleneck.decay=0.5",
                                                    "bottleneck.restart_below=0.6", "bottleneck.learning=" + learning});
    std::ranges::fill(trial.model.parameters(), 0.0F);
    std::ranges::fill(test::numbers_of(trial, "bottleneck.dense_0.bias"), 1.0F);
    const auto entries = test::numbers_of(trial, "bottleneck.codebook_0.vectors");
    std::fill_n(entries.begin() + 4, 4, 8.0F);
    std::ranges::fill(test::numbers_of(trial, "bottleneck.codebook_0.uses"), 1.0F);
    auto plan = trial.plan(true, {}, {});
    const auto losses = test::losses_of(trial, plan);
    CHECK(losses.at("restarts") == 1);
    CHECK(entries[4] == 1.0F);
    CHECK(entries[7] == 1.0F);
  }
}

TEST_CASE("vector_quantized: with gradients, the codebook follows its squared distance from the encoder's vectors") {
  auto trial = test::bottleneck_trial("vector_quantized",
                                      {"bottleneck.entries=1", "bottleneck.learning=gradient", "train.reduction=sum"});
  std::ranges::fill(trial.model.parameters(), 0.0F);
  std::ranges::fill(test::numbers_of(trial, "bottleneck.dense_0.bias"), 1.0F);
  auto plan = trial.plan(true, {}, {});
  const auto losses = test::losses_of(trial, plan);
  plan.backward();
  CHECK(losses.at("total") == doctest::Approx(losses.at("reconstruction") + 4 + 0.25 * 4));
  for (const auto& record : trial.autoencoder.network->parameters()) {
    if (record.name != "bottleneck.codebook_0.vectors") continue;
    CHECK(trial.model.gradients()[static_cast<std::size_t>(record.offset)] == doctest::Approx(-2));
  }
}

TEST_CASE("vector_quantized: perplexity is exp of the entropy, and groups must divide the size") {
  auto trial = test::bottleneck_trial("vector_quantized", {"bottleneck.groups=2", "bottleneck.entries=2"});
  std::ranges::fill(trial.model.parameters(), 0.0F);
  // The two groups of each code are nearest to different entries.
  const auto bias = test::numbers_of(trial, "bottleneck.dense_0.bias");
  std::fill_n(bias.begin(), 2, 1.0F);
  std::fill_n(test::numbers_of(trial, "bottleneck.codebook_0.vectors").begin(), 2, 1.0F);
  std::ranges::fill(test::numbers_of(trial, "bottleneck.codebook_0.uses"), 1.0F);
  const auto losses = test::losses_of(trial);
  CHECK(losses.at("perplexity") == doctest::Approx(2));
  CHECK_THROWS_WITH(
      test::bottleneck_trial("vector_quantized", {"bottleneck.groups=3"}),
      doctest::Contains("groups = 3 does not divide size = 4; choose a size that is a multiple of groups"));
}

TEST_CASE("winner_take_all: in training each unit keeps its share of the batch, otherwise the code is relu's") {
  auto trial = test::bottleneck_trial("winner_take_all", {"bottleneck.share=0.5"});
  const auto bias = test::numbers_of(trial, "bottleneck.dense_0.bias");
  std::ranges::fill(bias, 5.0F);  // all units are positive
  const auto& autoencoder = trial.autoencoder;
  auto training = trial.plan(true, {}, {autoencoder.code});
  training.forward({1, 1});
  auto inference = trial.plan(false, {}, {autoencoder.code});
  inference.forward();
  for (std::size_t unit = 0; unit < 4; ++unit) {
    CHECK(active(training.value(autoencoder.code), unit) == 3);  // half of 6 images
    CHECK(active(inference.value(autoencoder.code), unit) == 6);
  }
}

// Trainings of small networks: updates, averages, checkpoints, and interruptions without any effect.
#include "train/trainer.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.hpp"
#include "compute/kernels/parallel.hpp"
#include "train/training.hpp"

using namespace hourglass;
using namespace hourglass::train;
using namespace hourglass::subject;
using test::Training;
using test::Watcher;

namespace {

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, static_cast<double>(std::abs(a[i] - b[i])));
  return most;
}

/// Sums over different batches round differently.
constexpr double kRounding = 1e-6;

/// Runs one training to its end, and another that is stopped repeatedly; both must leave the same bytes.
void check_stops(const std::vector<std::string>& overrides, const std::vector<int>& stops) {
  Training whole(overrides), interrupted(overrides);
  CHECK(whole.run().outcome == Outcome::finished);
  bool resume = false;
  for (const int batch : stops) {
    Watcher watcher(batch);
    CHECK(interrupted.run(watcher, resume).outcome == Outcome::interrupted);
    resume = true;
  }
  Watcher rest;
  CHECK(interrupted.run(rest, true).outcome == Outcome::finished);
  for (const auto* name : {"last", "best"}) {
    CAPTURE(name);
    CHECK((interrupted.bytes(name) == whole.bytes(name)));
  }
}

}  // namespace

TEST_CASE("trainer: three accumulated batches give the same update as one batch of their images") {
  // 80 + 80 + 40 images: equally weighted batches would give another mean.
  const std::vector<std::string> sgd = {"train.optimizer={name=\"sgd\", learning_rate=1}", "train.epochs=1"};
  auto accumulated = sgd, at_once = sgd, alone = sgd;
  accumulated.insert(accumulated.end(), {"train.batch_size=80", "train.accumulate=3"});
  at_once.push_back("train.batch_size=200");
  alone.push_back("train.batch_size=80");
  Training one(accumulated), other(at_once), separate(alone);
  one.run();
  other.run();
  separate.run();
  CHECK(one.position().step == 1);
  CHECK(largest_difference(one.parameters(), other.parameters()) < kRounding);
  CHECK(largest_difference(one.parameters(), separate.parameters()) > 1000 * kRounding);
}

TEST_CASE(
    "trainer: an update that waits for the norm of all gradients, and need not clip them, is the same to the bit") {
  Training at_once({}), waiting({"train.gradient_clip=1e9"});
  at_once.run();
  waiting.run();
  CHECK(at_once.parameters() == waiting.parameters());
}

TEST_CASE("trainer: the last update of an epoch uses the remaining batches") {
  Training training({"train.accumulate=3"});  // 7 batches an epoch
  Watcher watcher;
  training.run(watcher);
  CHECK(watcher.batches == 14);
  CHECK(training.position().step == 6);
  CHECK(watcher.rows.at(1).step == 6);
}

TEST_CASE("trainer: a stop between the batches of an update has no effect on the result") {
  check_stops({"train.accumulate=3", "train.validation=0.2", "architecture.dropout=0.2"}, {1, 2, 1});
}

TEST_CASE("trainer: the average of the parameters resumes to the same bits") {
  check_stops({"train.ema=0.9", "train.validation=0.2"}, {2, 3});
}

TEST_CASE("trainer: an average changes the evaluated parameters, not the trained ones") {
  Training plain({}), averaged({"train.ema=0.99"});
  plain.run();
  averaged.run();
  std::vector<float> raw;
  const auto shown = averaged.parameters("last", &raw);
  CHECK(raw == plain.parameters());
  CHECK(shown != raw);
}

TEST_CASE("trainer: the average starts at the initial parameters and moves after each update") {
  Training training({"train.ema=0.99", "train.epochs=1", "train.batch_size=200"});
  training.run();
  compute::Model start(*training.subject.autoencoder.network, false);
  start.initialise(*training.subject.autoencoder.network, 3);
  std::vector<float> raw;
  const auto shown = training.parameters("last", &raw);
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const double wanted =
        2.0 / 11 * static_cast<double>(start.parameters()[i]) + 9.0 / 11 * static_cast<double>(raw[i]);
    REQUIRE(shown[i] == doctest::Approx(wanted).epsilon(1e-5));
  }
}

TEST_CASE("trainer: validation evaluates the average, and checkpoints/best contains it") {
  Training training({"train.ema=0.99", "train.validation=0.2", "train.epochs=1"});
  Watcher watcher;
  training.run(watcher);
  std::vector<float> raw;
  const auto shown = training.parameters("last", &raw);
  CHECK(training.parameters("best") == shown);
  const auto loss_of = [&](const std::vector<float>& parameters) {
    compute::Model model(*training.subject.autoencoder.network, false);
    std::ranges::copy(parameters, model.parameters().begin());
    const auto validation = training.subject.data.split(Split::validation);
    compute::Plan plan(
        *training.subject.autoencoder.network, model,
        {.batch = validation.size(), .feeds = {}, .outputs = {}, .objective = training.subject.autoencoder.objective});
    std::vector<std::int64_t> all(static_cast<std::size_t>(validation.size()));
    std::iota(all.begin(), all.end(), std::int64_t{0});
    validation.read_noisy(all, plan.target(), plan.feed(training.subject.autoencoder.image), *training.subject.noise, 3,
                          base::Stream::evaluation_noise, 0);
    return plan.forward().loss;
  };
  CHECK(watcher.rows.at(0).validation.value().reconstruction == doctest::Approx(loss_of(shown)).epsilon(1e-6));
  CHECK(loss_of(raw) != doctest::Approx(loss_of(shown)).epsilon(1e-4));
}

TEST_CASE("trainer: lbfgs resumes to the same bits, also within a line search") {
  check_stops({"train.optimizer={name=\"lbfgs\", weight_decay=1e-4}", "train.epochs=6", "train.validation=0.2",
               "train.ema=0.5", "architecture.dropout=0.2"},
              {1, 3, 6, 7});
}

TEST_CASE("trainer: the rate of an epoch counts only the images that this process trained on") {
  Training training({"train.epochs=1"});
  Watcher watcher(6);  // 192 of 200 images
  training.run(watcher);
  Watcher rest;
  training.run(rest, true);
  REQUIRE(rest.rows.size() == 1);
  CHECK(rest.rows[0].images_per_second * rest.rows[0].seconds == doctest::Approx(8).epsilon(1e-3));
}

TEST_CASE("trainer: lbfgs takes the same steps whatever the batch size") {
  const std::vector<std::string> lbfgs = {"train.optimizer={name=\"lbfgs\"}", "train.epochs=3"};
  auto small = lbfgs, whole = lbfgs;
  small.push_back("train.batch_size=30");
  whole.push_back("train.batch_size=200");
  Training one(small), other(whole);
  one.run();
  other.run();
  CHECK(one.position().step == 3);
  // Rounding grows from step to step.
  CHECK(largest_difference(one.parameters(), other.parameters()) < 100 * kRounding);
}

TEST_CASE("trainer: lbfgs never raises the loss that it minimises") {
  Training training({"train.optimizer={name=\"lbfgs\"}", "train.epochs=30", "architecture.dropout=0.2"});
  Watcher watcher;
  training.run(watcher);
  REQUIRE(watcher.rows.size() == 30);
  for (std::size_t i = 1; i < watcher.rows.size(); ++i) {
    CHECK(watcher.rows[i].train.reconstruction < watcher.rows[i - 1].train.reconstruction);
  }
}

TEST_CASE("trainer: lbfgs ends training if no step decreases the loss any further") {
  Training training({"train.optimizer={name=\"lbfgs\"}", "train.epochs=100000", "dataset.train_size=4",
                     "dataset.side=8", "architecture.hidden=[]", "noise.plugin=none"});
  Watcher watcher;
  CHECK(training.run(watcher).outcome == Outcome::finished);
  CHECK(watcher.rows.size() < 1000);
  CHECK(training.position().done);
  CHECK(watcher.rows.back().train.reconstruction < 1e-6);
}

TEST_CASE("trainer: an initial loss of lbfgs that is not finite is a divergence") {
  struct Endless final : Noise {
    void corrupt(std::span<const float>, std::span<float> noisy, const ImageShape&, Rng&) const override {
      std::ranges::fill(noisy, std::numeric_limits<float>::infinity());
    }
  };
  Training training({"train.optimizer={name=\"lbfgs\"}"});
  training.subject.noise = std::make_unique<Endless>();
  const auto report = training.run();
  CHECK(report.outcome == Outcome::diverged);
  CHECK(report.reason.starts_with("epoch 1, batch 1: the loss is not a number; first non-finite tensor: "));
}

TEST_CASE("trainer: noise is added after the clean epochs") {
  Training clean({"noise={plugin=\"none\"}"}), noisy({}), late({"noise.after=1"});
  Watcher of_clean, of_noisy, of_late;
  clean.run(of_clean);
  noisy.run(of_noisy);
  late.run(of_late);
  CHECK(of_late.rows[0].train.reconstruction == of_clean.rows[0].train.reconstruction);
  CHECK(of_noisy.rows[0].train.reconstruction != of_clean.rows[0].train.reconstruction);
  CHECK(of_late.rows[1].train.reconstruction != of_clean.rows[1].train.reconstruction);
}

TEST_CASE("trainer: a validation loss that is not finite is a divergence") {
  Training training({"train.validation=0.2", "train.epochs=1", "train.optimizer.learning_rate=1e20"});
  const auto report = training.run();
  CHECK(report.outcome == Outcome::diverged);
  CHECK(report.reason.find("epoch 1") != std::string::npos);
}

TEST_CASE("trainer: an update that breaks the network is a divergence even if it is the last one") {
  // A single update, with a rate that leaves finite parameters whose products are infinite.
  Training training({"train.epochs=1", "train.batch_size=200", "train.optimizer={name=\"sgd\", learning_rate=1e30}"});
  const auto report = training.run();
  CHECK(report.outcome == Outcome::diverged);
  CHECK(report.reason.starts_with("epoch 1: the loss after the last update is "));
}

TEST_CASE("trainer: a finite loss far above that of any image is a divergence") {
  for (const auto* reduction : {"mean", "sum"}) {
    for (const auto* validation : {"0", "0.2"}) {
      CAPTURE(reduction);
      CAPTURE(validation);
      Training training({"train.epochs=1", "train.batch_size=200", std::string("train.validation=") + validation,
                         std::string("train.reduction=") + reduction,
                         "train.optimizer={name=\"adam\", learning_rate=1e3}"});
      const auto report = training.run();
      CHECK(report.outcome == Outcome::diverged);
      CHECK(report.reason.find(", too large for the values of the dataset; try a lower learning rate") !=
            std::string::npos);
    }
  }
}

TEST_CASE("trainer: an exploding loss is judged per pixel, not by the sum over an image") {
  Training training({"train.epochs=1", "train.batch_size=200", "train.validation=0.2", "train.reduction=sum",
                     "train.optimizer={name=\"adam\", learning_rate=0.7}"});
  Watcher watcher;
  CHECK(training.run(watcher).outcome == Outcome::finished);
  REQUIRE(watcher.rows.size() == 1);
  CHECK(watcher.rows[0].validation.value().reconstruction > 1e6);
}

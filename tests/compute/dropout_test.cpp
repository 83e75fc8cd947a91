// Dropout: shares, keys and gradients of the masks.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "compute/checker.hpp"
#include "compute/kernels/parallel.hpp"

namespace hourglass::compute::test {
namespace {

constexpr double kDropRate = 0.3;
constexpr std::int64_t kBatch = 600;

// dropout(1 + parameter) twice, with parameters of zero; the sum is the loss, so that gradients are the masks' sums.
struct Dropped {
  Network network{{1, 5, 10}, 0};
  Node first, second;
  Model model;
  Plan plan;

  static Node ones(Network& network, const char* name) {
    return dropout(flatten(network.image()) + network.parameter(name, "offset", {50}, {}), kDropRate);
  }
  static Network& with_penalty(Network& network, Node x) {
    network.penalty("sum", x, 1);
    return network;
  }
  Dropped()
      : first(ones(network, "a")),
        second(ones(network, "b")),
        model(network, true),
        plan(with_penalty(network, first), model,
             {.batch = kBatch,
              .training = true,
              .feeds = {},
              .outputs = {first, second},
              .objective = Objective{.output = second}}) {
    std::fill(plan.feed(network.image()).begin(), plan.feed(network.image()).end(), 1.0f);
  }
};

TEST_CASE("dropout: zeroes the stated share and scales the rest, so that the mean does not change") {
  Dropped dropped;
  dropped.plan.forward({.seed = 1, .step = 1});
  const auto values = dropped.plan.value(dropped.first);
  const auto zeros = std::count(values.begin(), values.end(), 0.0f);
  const double share = static_cast<double>(zeros) / static_cast<double>(values.size());
  // Four standard deviations of a share of 30,000 draws.
  CHECK(std::abs(share - kDropRate) < 4 * std::sqrt(kDropRate * (1 - kDropRate) / static_cast<double>(values.size())));
  const auto kept = static_cast<float>(1 / (1 - kDropRate));
  CHECK(std::all_of(values.begin(), values.end(), [&](float x) { return x == 0 || x == kept; }));
}

TEST_CASE("dropout: masks depend only on seed, step and node") {
  Dropped dropped;
  const auto draw_mask = [&](StepKey key, Node node) {
    dropped.plan.forward(key);
    return std::vector<float>(dropped.plan.value(node).begin(), dropped.plan.value(node).end());
  };
  const auto mask = draw_mask({.seed = 1, .step = 1}, dropped.first);
  CHECK(draw_mask({.seed = 1, .step = 1}, dropped.first) == mask);
  CHECK(draw_mask({.seed = 1, .step = 1}, dropped.second) != mask);
  CHECK(draw_mask({.seed = 2, .step = 1}, dropped.first) != mask);
  CHECK(draw_mask({.seed = 1, .step = 2}, dropped.first) != mask);
  const int before = threads();
  set_threads(3);
  Dropped other;
  other.plan.forward({.seed = 1, .step = 1});
  set_threads(before);
  CHECK(std::equal(mask.begin(), mask.end(), other.plan.value(other.first).begin()));
}

TEST_CASE("dropout: the gradient uses the same mask") {
  Dropped dropped;
  dropped.plan.forward({.seed = 1, .step = 1});
  const auto values = dropped.plan.value(dropped.first);
  Numbers wanted(50);
  for (std::size_t i = 0; i < values.size(); ++i) wanted[i % 50] += static_cast<double>(values[i]) / kBatch;
  dropped.plan.backward();
  check_close("gradient", dropped.model.gradients().first(50), wanted, kFloatTolerance);
}

TEST_CASE("dropout: does nothing outside training") {
  Dropped dropped;
  Plan inference(dropped.network, dropped.model,
                 {.batch = 2, .training = false, .feeds = {}, .outputs = {dropped.first}, .objective = {}});
  std::fill(inference.feed(dropped.network.image()).begin(), inference.feed(dropped.network.image()).end(), 1.0f);
  inference.forward({.seed = 1, .step = 1});
  const auto values = inference.value(dropped.first);
  CHECK(std::all_of(values.begin(), values.end(), [](float x) { return x == 1.0f; }));
}

// spatial_dropout(1 + parameter) on [N, 3, 4, 5], row-major or channels-last, whose sum is the loss.
struct DroppedChannels {
  Network network{{3, 4, 5}, 0};
  Node output, probed;
  Model model;
  Plan plan;

  static Node with_penalty(Network& network, Node x) {
    network.penalty("sum", x, 1);
    return x;
  }
  explicit DroppedChannels(bool channels_last)
      : output(spatial_dropout(channels_last ? max_pool2d(shifted(network), 1) : shifted(network), kDropRate)),
        probed(with_penalty(network, output)),
        model(network, true),
        plan(network, model,
             {.batch = kBatch,
              .training = true,
              .feeds = {},
              .outputs = {output},
              .objective = Objective{.output = flatten(network.image())}}) {
    std::fill(plan.feed(network.image()).begin(), plan.feed(network.image()).end(), 1.0f);
    plan.forward({.seed = 1, .step = 1});
  }
  static Node shifted(Network& network) {
    return network.image() + network.parameter("offset", "offset", {3, 4, 5}, {});
  }
};

TEST_CASE("spatial_dropout: drops whole channels at the stated rate, in both layouts") {
  for (const bool channels_last : {false, true}) {
    DroppedChannels dropped(channels_last);
    const auto values = dropped.plan.value(dropped.output);
    int zeros = 0, mixed = 0;
    for (std::size_t channel = 0; channel < 3 * kBatch; ++channel) {
      const float first = values[20 * channel];
      zeros += first == 0 ? 1 : 0;
      for (std::size_t i = 0; i < 20; ++i) mixed += values[20 * channel + i] != first ? 1 : 0;
    }
    CHECK(mixed == 0);
    constexpr double kChannels = 3.0 * kBatch;
    // Four standard deviations of a share of 1,800 draws.
    CHECK(std::abs(zeros / kChannels - kDropRate) < 4 * std::sqrt(kDropRate * (1 - kDropRate) / kChannels));
  }
}

TEST_CASE("spatial_dropout: the gradient uses the same mask, in both layouts") {
  for (const bool channels_last : {false, true}) {
    DroppedChannels dropped(channels_last);
    const auto values = dropped.plan.value(dropped.output);
    Numbers wanted(60);
    for (std::size_t i = 0; i < values.size(); ++i) wanted[i % 60] += static_cast<double>(values[i]) / kBatch;
    dropped.plan.backward();
    check_close("gradient", dropped.model.gradients().first(60), wanted, kFloatTolerance);
  }
}

}  // namespace
}  // namespace hourglass::compute::test

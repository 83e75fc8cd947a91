// The contract of every architecture with every bottleneck, on several image shapes, with default parameters.
#include <doctest/doctest.h>

#include <algorithm>

#include "contract/autoencoder_trial.hpp"

using namespace hourglass;
using test::check_gradient;
using test::copy;
using test::Trial;

namespace {

template <class Check>
void for_every_pair(std::span<const ImageShape> shapes, Check check) {
  const auto architectures = test::registry().names(Architecture::kKind),
             bottlenecks = test::registry().names(Bottleneck::kKind);
  REQUIRE(!architectures.empty());
  REQUIRE(!bottlenecks.empty());
  for (const auto& architecture : architectures) {
    for (const auto& bottleneck : bottlenecks) {
      for (const auto& shape : shapes) {
        CAPTURE(architecture);
        CAPTURE(bottleneck);
        CAPTURE(shape.size());
        check(architecture, bottleneck, shape);
      }
    }
  }
}

constexpr ImageShape kSmall[] = {{1, 9, 7}};

/// Parts of one graph may be fused differently when they are compiled alone.
bool near(std::span<const float> a, std::span<const float> b) {
  constexpr float kFused = 1e-5F;
  return std::ranges::equal(a, b, [](float x, float y) { return std::abs(x - y) <= kFused * (1 + std::abs(x)); });
}

/// Returns whether the network's gradient is, by design, not that of its loss.
bool holds_back_gradients(const compute::Network& network) {
  return std::ranges::any_of(network.nodes(), [](const compute::NodeRecord& node) {
    return node.leaf == compute::Leaf::none && (std::holds_alternative<op::StraightThrough>(node.operation) ||
                                                std::holds_alternative<op::StopGradient>(node.operation));
  });
}

}  // namespace

TEST_CASE("every architecture x bottleneck: gives a code and an image of the right shapes, finite") {
  for_every_pair(test::kTrialShapes, [](const auto& architecture, const auto& bottleneck, ImageShape shape) {
    Trial trial(architecture, bottleneck, shape);
    const auto& autoencoder = trial.autoencoder;
    CHECK(autoencoder.code.shape() == Shape{{Trial::kCode}});
    CHECK(autoencoder.reconstruction.shape() == Shape{{shape.channels, shape.height, shape.width}});
    auto plan = trial.plan(false, {}, {autoencoder.reconstruction});
    plan.forward();
    CHECK(
        std::ranges::all_of(plan.value(autoencoder.reconstruction), [](float value) { return std::isfinite(value); }));
  });
}

TEST_CASE("every architecture x bottleneck: the encoder alone gives the same code as the whole network") {
  for_every_pair(kSmall, [](const auto& architecture, const auto& bottleneck, ImageShape shape) {
    Trial trial(architecture, bottleneck, shape);
    const auto& autoencoder = trial.autoencoder;
    auto whole = trial.plan(false, {}, {autoencoder.code, autoencoder.reconstruction});
    auto encoder = trial.plan(false, {}, {autoencoder.code});
    whole.forward();
    encoder.forward();
    CHECK(near(encoder.value(autoencoder.code), whole.value(autoencoder.code)));
  });
}

TEST_CASE(
    "every architecture x bottleneck: a decoder without skip connections gives the network's reconstruction from its "
    "code "
    "alone") {
  for_every_pair(kSmall, [](const auto& architecture, const auto& bottleneck, ImageShape shape) {
    Trial trial(architecture, bottleneck, shape);
    const auto& autoencoder = trial.autoencoder;
    if (trial.decoder_reads_image()) return;
    auto whole = trial.plan(false, {}, {autoencoder.decoded, autoencoder.reconstruction});
    auto decoder = trial.plan(false, {autoencoder.decoded}, {autoencoder.reconstruction});
    whole.forward();
    std::ranges::copy(whole.value(autoencoder.decoded), decoder.feed(autoencoder.decoded).begin());
    decoder.forward();
    CHECK(near(decoder.value(autoencoder.reconstruction), whole.value(autoencoder.reconstruction)));
  });
}

TEST_CASE("every architecture x bottleneck: gradients are those of the loss") {
  for_every_pair(kSmall, [](const auto& architecture, const auto& bottleneck, ImageShape shape) {
    Trial trial(architecture, bottleneck, shape);
    trial.leave_kinks();
    auto plan = trial.plan(true, {}, {});
    plan.forward({1, 1});
    plan.backward();
    if (holds_back_gradients(*trial.autoencoder.network)) return;
    for (const auto& record : trial.autoencoder.network->parameters()) {
      if (record.trained) check_gradient(trial, plan, record);
    }
  });
}

TEST_CASE("every architecture x bottleneck: a few steps of gradient descent lower the loss") {
  for_every_pair(test::kTrialShapes, [](const auto& architecture, const auto& bottleneck, ImageShape shape) {
    Trial trial(architecture, bottleneck, shape);
    const auto totals = trial.descend(5, 0.02F);
    CHECK(totals.back() < totals.front());
  });
}

TEST_CASE("every architecture x bottleneck: the same seed gives the same bytes, another seed others") {
  for_every_pair(kSmall, [](const auto& architecture, const auto& bottleneck, ImageShape shape) {
    const auto trained = [&](std::uint64_t seed) {
      Trial trial(architecture, bottleneck, shape, seed);
      trial.descend(3, 0.02F);
      return copy(trial.model.parameters());
    };
    const auto first = trained(1);
    CHECK(trained(1) == first);
    CHECK(trained(2) != first);
  });
}

TEST_CASE("every architecture: names an existing default bottleneck") {
  for (const auto& name : test::registry().names(Architecture::kKind)) {
    CAPTURE(name);
    CHECK(test::registry().find(Bottleneck::kKind, test::make<Architecture>(name)->default_bottleneck()) != nullptr);
  }
}

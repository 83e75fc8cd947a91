// What every architecture must keep to with every bottleneck, on several image shapes, with default parameters.
#include <doctest/doctest.h>

#include <algorithm>

#include "contract/autoencoder_trial.hpp"

using namespace hourglass;
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

std::vector<float> copy(std::span<const float> values) { return {values.begin(), values.end()}; }

/// Parts of one graph may be fused differently when they are compiled alone.
bool near(std::span<const float> a, std::span<const float> b) {
  constexpr float kFused = 1e-5F;
  return std::ranges::equal(a, b, [](float x, float y) { return std::abs(x - y) <= kFused * (1 + std::abs(x)); });
}

/// Compares the gradient of one parameter with a central difference of the total, along a direction that is half the
/// gradient's own and half random, so that neither a part that is missing nor one that is too much goes unseen.
void check_gradient(Trial& trial, compute::Plan& plan, const compute::ParameterRecord& record) {
  const auto parameters =
      trial.model.parameters().subspan(static_cast<std::size_t>(record.offset), static_cast<std::size_t>(record.size));
  const auto gradient =
      copy(trial.model.gradients().subspan(static_cast<std::size_t>(record.offset), parameters.size()));
  const auto normalise = [](std::vector<float>& values) {
    double squares = 0;
    for (const auto value : values) squares += static_cast<double>(value) * value;
    for (auto& value : values) value = squares > 0 ? static_cast<float>(value / std::sqrt(squares)) : 0.0F;
  };
  auto direction = gradient;
  std::vector<float> random(parameters.size());
  host::PhiloxRng(3, host::Stream::task, 0, 0).normal(random);
  normalise(direction);
  normalise(random);
  for (std::size_t i = 0; i < direction.size(); ++i) direction[i] += random[i];
  normalise(direction);

  double slope = 0;
  for (std::size_t i = 0; i < direction.size(); ++i) slope += static_cast<double>(direction[i]) * gradient[i];
  const auto start = copy(parameters);
  const auto total_at = [&](float length) {
    for (std::size_t i = 0; i < start.size(); ++i) parameters[i] = start[i] + length * direction[i];
    return plan.forward({1, 1}).total;
  };
  // Small enough for kinks and curvature, large enough for a total that is computed in float.
  constexpr float kLength = 1e-2F;
  const double difference = (total_at(kLength) - total_at(-kLength)) / (2 * kLength);
  std::copy(start.begin(), start.end(), parameters.begin());
  CAPTURE(record.name);
  CHECK(std::abs(difference - slope) < 1e-4 + 0.02 * std::abs(slope));
}

}  // namespace

TEST_CASE("architecture x bottleneck: gives a code and an image of the right shapes, finite") {
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

TEST_CASE("architecture x bottleneck: the encoder alone gives the code of the whole") {
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

TEST_CASE("architecture x bottleneck: the decoder alone, fed with the whole's code, gives the whole's reconstruction") {
  for_every_pair(kSmall, [](const auto& architecture, const auto& bottleneck, ImageShape shape) {
    Trial trial(architecture, bottleneck, shape);
    const auto& autoencoder = trial.autoencoder;
    auto whole = trial.plan(false, {}, {autoencoder.decoder_input, autoencoder.reconstruction});
    auto decoder = trial.plan(false, {autoencoder.decoder_input}, {autoencoder.reconstruction});
    whole.forward();
    std::ranges::copy(whole.value(autoencoder.decoder_input), decoder.feed(autoencoder.decoder_input).begin());
    decoder.forward();
    CHECK(near(decoder.value(autoencoder.reconstruction), whole.value(autoencoder.reconstruction)));
  });
}

TEST_CASE("architecture x bottleneck: gradients are those of the loss") {
  for_every_pair(kSmall, [](const auto& architecture, const auto& bottleneck, ImageShape shape) {
    Trial trial(architecture, bottleneck, shape);
    // Away from the zeros that biases start from, where relu has its kink.
    std::vector<float> offsets(trial.model.parameters().size());
    host::PhiloxRng(4, host::Stream::task, 0, 0).normal(offsets);
    for (const auto& record : trial.autoencoder.network->parameters()) {
      for (auto i = record.offset; i < record.offset + record.size; ++i) {
        trial.model.parameters()[static_cast<std::size_t>(i)] += 0.05F * offsets[static_cast<std::size_t>(i)];
      }
    }
    auto plan = trial.plan(true, {}, {});
    plan.forward({1, 1});
    plan.backward();
    for (const auto& record : trial.autoencoder.network->parameters()) check_gradient(trial, plan, record);
  });
}

TEST_CASE("architecture x bottleneck: a few steps of gradient descent lower the loss") {
  for_every_pair(test::kTrialShapes, [](const auto& architecture, const auto& bottleneck, ImageShape shape) {
    Trial trial(architecture, bottleneck, shape);
    const auto totals = trial.descend(5, 0.02F);
    CHECK(totals.back() < totals.front());
  });
}

TEST_CASE("architecture x bottleneck: the same seed gives the same bytes, another seed others") {
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

TEST_CASE("architecture: names a default bottleneck that there is") {
  for (const auto& name : test::registry().names(Architecture::kKind)) {
    CAPTURE(name);
    CHECK(test::registry().find(Bottleneck::kKind, test::make<Architecture>(name)->default_bottleneck()) != nullptr);
  }
}

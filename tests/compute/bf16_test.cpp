// bf16: rounding, and layers whose products have rounded operands.
#include "compute/kernels/bf16.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "compute/checker.hpp"
#include "compute/kernels/precision.hpp"

namespace hourglass::compute::test {
namespace {

float rounded(float value) {
  std::uint16_t upper = 0;
  to_bf16(&value, &upper, 1);
  return std::bit_cast<float>(static_cast<std::uint32_t>(upper) << 16);
}

/// Losses, prediction and gradients of a two-layer network after one step.
struct Outcome {
  double loss;
  std::vector<float> prediction, gradients;
};

Outcome step(Precision precision, Activation kind) {
  Network network({1, 6, 8}, 0);
  const Node hidden = activation(dense(flatten(network.image()), 40), kind);
  const Node output =
      dense_transposed(hidden, network.parameter("out", "weight", {48, 40}, {Init::Kind::uniform, 0.3}));
  Model model(network, true);
  model.initialise(network, 3);
  const std::int64_t batch = 16;
  Plan plan(network, model,
            {.batch = batch,
             .training = true,
             .precision = precision,
             .feeds = {},
             .outputs = {},
             .objective = Objective{.output = output}});
  auto images = draw(static_cast<std::size_t>(batch * 48), 7, 0, 1);
  for (float& value : images) value = rounded(value);
  std::copy(images.begin(), images.end(), plan.feed(network.image()).begin());
  std::fill(plan.target().begin(), plan.target().end(), 0.5f);
  Outcome outcome;
  outcome.loss = plan.forward().total;
  plan.backward();
  outcome.prediction.assign(plan.prediction().begin(), plan.prediction().end());
  outcome.gradients.assign(model.gradients().begin(), model.gradients().end());
  return outcome;
}

TEST_CASE("bf16: rounds to the nearest, ties to even") {
  CHECK(rounded(1.0f) == 1.0f);
  CHECK(rounded(1.0f + 0x1p-8f) == 1.0f);
  CHECK(rounded(1.0f + 0x1p-8f + 0x1p-20f) == 1.0f + 0x1p-7f);
  CHECK(rounded(1.0f + 3 * 0x1p-8f) == 1.0f + 0x1p-6f);
  CHECK(rounded(-0.0f) == 0.0f);
  CHECK(std::signbit(rounded(-0.0f)));
}

TEST_CASE("bf16: infinities and NaNs are preserved, and the largest float becomes an infinity") {
  CHECK(std::isinf(rounded(std::numeric_limits<float>::infinity())));
  CHECK(std::isinf(rounded(std::numeric_limits<float>::max())));
  CHECK(std::isnan(rounded(std::numeric_limits<float>::quiet_NaN())));
  CHECK(std::isnan(rounded(std::bit_cast<float>(0x7f800001u))));
  CHECK(std::isnan(rounded(std::bit_cast<float>(0xffffffffu))));
}

TEST_CASE("bf16: a layer's first product is exact for operands that bf16 represents exactly") {
  if (!missing_for(Precision::bf16).empty()) return;
  Network network({1, 6, 8}, 0);
  const Node output = dense(flatten(network.image()), 40);
  Model model(network, false);
  model.initialise(network, 3);
  for (float& value : model.parameters()) value = rounded(value);
  auto images = draw(4 * 48, 7, 0, 1);
  for (float& value : images) value = rounded(value);
  std::vector<std::vector<float>> values;
  for (const auto precision : {Precision::f32, Precision::bf16}) {
    Plan plan(network, model, {.batch = 4, .precision = precision, .feeds = {}, .outputs = {output}, .objective = {}});
    std::copy(images.begin(), images.end(), plan.feed(network.image()).begin());
    plan.forward();
    values.emplace_back(plan.value(output).begin(), plan.value(output).end());
  }
  CHECK(relative_distance(values[1], values[0]) < 1e-6);
}

TEST_CASE("bf16: a step differs from the f32 step only by rounding") {
  if (!missing_for(Precision::bf16).empty()) return;
  for (const auto kind : {Activation::relu, Activation::sigmoid, Activation::gelu}) {
    const auto exact = step(Precision::f32, kind), coarse = step(Precision::bf16, kind);
    CHECK(coarse.loss == doctest::Approx(exact.loss).epsilon(0.01));
    CHECK(relative_distance(coarse.prediction, exact.prediction) < 0.01);
    CHECK(relative_distance(coarse.gradients, exact.gradients) < 0.01);
    CHECK(relative_distance(coarse.gradients, exact.gradients) > 1e-6);  // the computation did differ
  }
}

}  // namespace
}  // namespace hourglass::compute::test

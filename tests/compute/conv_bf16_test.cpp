// Convolutions of operands that are rounded to bf16.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "compute/checker.hpp"
#include "compute/kernels/precision.hpp"

namespace hourglass::compute::test {
namespace {

struct ConvOutcome {
  std::vector<float> prediction, gradients;
};

// One step of a convolution and a transposed one between 16 and `wide` channels.
ConvOutcome conv_step(Precision precision, std::int64_t wide) {
  Network network({16, 8, 8}, 0);
  const ConvOptions options{.stride = 2, .padding = 1};
  const Node code = relu(conv2d(network.image(), wide, options));
  const Node output = conv_transpose2d(relu(conv2d(code, wide, {.padding = 1})), 16, options, {1, 1});
  Model model(network, true);
  model.initialise(network, 3);
  const std::int64_t batch = 6;
  Plan plan(network, model,
            {.batch = batch,
             .training = true,
             .precision = precision,
             .feeds = {},
             .outputs = {},
             .objective = Objective{.output = output}});
  const auto images = draw(plan.feed(network.image()).size(), 7, 0, 1);
  std::copy(images.begin(), images.end(), plan.feed(network.image()).begin());
  std::fill(plan.target().begin(), plan.target().end(), 0.5f);
  plan.forward();
  plan.backward();
  return {{plan.prediction().begin(), plan.prediction().end()}, {model.gradients().begin(), model.gradients().end()}};
}

TEST_CASE("conv: a step in bf16 differs from the f32 step only by rounding") {
  if (!missing_for(Precision::bf16).empty()) return;
  constexpr double kRounding = 0.01;  // 8 significant bits, over sums of some hundred terms
  const ConvOutcome exact = conv_step(Precision::f32, 24), coarse = conv_step(Precision::bf16, 24);
  CHECK(relative_distance(coarse.prediction, exact.prediction) < kRounding);
  CHECK(relative_distance(coarse.gradients, exact.gradients) < kRounding);
  CHECK(relative_distance(coarse.gradients, exact.gradients) > 1e-6);
}

TEST_CASE("conv: layers with few channels stay in f32 if bf16 is requested") {
  if (!missing_for(Precision::bf16).empty()) return;
  const ConvOutcome exact = conv_step(Precision::f32, 5), same = conv_step(Precision::bf16, 5);
  CHECK(same.prediction == exact.prediction);
  CHECK(same.gradients == exact.gradients);
}

}  // namespace
}  // namespace hourglass::compute::test

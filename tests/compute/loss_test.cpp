// Losses, their non-linearities and their gradients.
#include <doctest/doctest.h>

#include <cmath>

#include "compute/checker.hpp"

namespace hourglass::compute::test {
namespace {

// More than one tile of columns, and a partial last one.
constexpr std::int64_t kWidth = 70;

void check_loss(Loss loss, Activation nonlinearity, bool sum, const std::function<Node(Node)>& last,
                double spread = 0.5) {
  CAPTURE(name_of(loss_names(), loss));
  CAPTURE(name_of(activation_names(), nonlinearity));
  Case tested;
  tested.spread = spread;
  tested.objective = {.output = last(probe(tested.network)), .nonlinearity = nonlinearity, .loss = loss, .sum = sum};
  check_against_reference(tested);
}

Node wide(Node x) { return dense(x, kWidth); }
// A last step whose bias's gradient the loss cannot compute, so that it runs over contiguous blocks.
Node blocked(Node x) { return 1.5 * dense(x, kWidth); }

// A plan for inference with `logits` as its output, fed, and the loss of them against `targets`.
double loss_of(Loss loss, Activation nonlinearity, const std::vector<float>& logits,
               const std::vector<float>& targets) {
  Network network({1, 1, static_cast<std::int64_t>(logits.size())}, 1);
  const Node x = network.image();
  Model model(network, false);
  Plan plan(network, model,
            {.batch = 1,
             .training = false,
             .feeds = {},
             .outputs = {},
             .objective = Objective{.output = x, .nonlinearity = nonlinearity, .loss = loss}});
  std::copy(logits.begin(), logits.end(), plan.feed(x).begin());
  std::copy(targets.begin(), targets.end(), plan.target().begin());
  return plan.forward().loss;
}

TEST_CASE("mse and l1: agree with the reference under every non-linearity") {
  for (const Loss loss : {Loss::mse, Loss::l1}) {
    for (const auto& [name, kind] : activation_names()) {
      check_loss(loss, kind, false, wide);
      check_loss(loss, kind, true, blocked);
    }
  }
}

TEST_CASE("bce: agrees with the reference") {
  check_loss(Loss::bce, Activation::sigmoid, false, wide);
  check_loss(Loss::bce, Activation::sigmoid, true, blocked);
}

TEST_CASE("softmax_cross_entropy: agrees with the reference, whatever the reduction") {
  check_loss(Loss::softmax_cross_entropy, Activation::identity, false, wide);
  check_loss(Loss::softmax_cross_entropy, Activation::identity, true, blocked);
}

TEST_CASE("losses: an output that has other readers gets all its gradients") {
  Case tested;
  const Node output = dense(probe(tested.network), 20);
  tested.network.penalty("roughness", square(tanh(output)), 0.05);
  tested.objective = {.output = output, .nonlinearity = Activation::sigmoid};
  check_against_reference(tested);
}

TEST_CASE("losses: an output with its own activation keeps it for the backward pass") {
  check_loss(Loss::mse, Activation::sigmoid, false, [](Node x) { return tanh(dense(x, kWidth)); });
  check_loss(Loss::mse, Activation::identity, false, [](Node x) { return relu(dense(x, kWidth)); });
}

TEST_CASE("bce: logits of any size give finite losses") {
  CHECK(loss_of(Loss::bce, Activation::sigmoid, {1000, -1000}, {1, 0}) == 0);
  CHECK(loss_of(Loss::bce, Activation::sigmoid, {1000, -1000}, {0, 1}) == doctest::Approx(1000));
}

TEST_CASE("softmax_cross_entropy: logits of any size give finite losses") {
  CHECK(loss_of(Loss::softmax_cross_entropy, Activation::identity, {1000, -1000}, {1, 0}) == 0);
  CHECK(loss_of(Loss::softmax_cross_entropy, Activation::identity, {1000, -1000}, {0, 1}) == doctest::Approx(2000));
}

TEST_CASE("losses: a NaN in the output gives a NaN in the loss") {
  const float bad = std::nanf("");
  CHECK(std::isnan(loss_of(Loss::mse, Activation::sigmoid, {0, bad}, {0, 1})));
  CHECK(std::isnan(loss_of(Loss::l1, Activation::identity, {0, bad}, {0, 1})));
  CHECK(std::isnan(loss_of(Loss::bce, Activation::sigmoid, {0, bad}, {0, 1})));
  CHECK(std::isnan(loss_of(Loss::softmax_cross_entropy, Activation::identity, {0, bad}, {0, 1})));
}

TEST_CASE("losses: a non-linearity that a loss does not support is refused by name") {
  CHECK_THROWS_WITH_AS(loss_of(Loss::bce, Activation::tanh, {0}, {0}),
                       "the loss bce expects the output non-linearity sigmoid, but got tanh", std::invalid_argument);
  CHECK_THROWS_WITH_AS(loss_of(Loss::softmax_cross_entropy, Activation::relu, {0}, {0}),
                       "the loss softmax_cross_entropy expects the output non-linearity identity, but got relu",
                       std::invalid_argument);
}

}  // namespace
}  // namespace hourglass::compute::test

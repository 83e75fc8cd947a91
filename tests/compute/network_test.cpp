// Names, shapes and refusals of a graph under construction.
#include "compute/graph/network.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>

#include "compute/graph/plan.hpp"
#include "hourglass/layers.hpp"

namespace hourglass::compute {
namespace {

TEST_CASE("network: parameters are named by part and layer, and lie on 64-byte boundaries") {
  Network network({1, 2, 2}, 0);
  network.begin_part("encoder");
  Node h = dense(flatten(network.image()), 3);
  h = dense(h, dense_weights(network, 3, 3, {}, false));
  h = dense(h, 5);
  network.begin_part("decoder");
  h = dense(h, 4);
  const auto& parameters = network.parameters();
  REQUIRE(parameters.size() == 7);
  CHECK(parameters[0].name == "encoder.dense_0.weight");
  CHECK(parameters[1].name == "encoder.dense_0.bias");
  CHECK(parameters[2].name == "encoder.dense_1.weight");
  CHECK(parameters[3].name == "encoder.dense_2.weight");
  CHECK(parameters[4].name == "encoder.dense_2.bias");
  CHECK(parameters[5].name == "decoder.dense_0.weight");
  for (const auto& parameter : parameters) CHECK(parameter.offset % 16 == 0);
  CHECK(network.parameter_count() == 4 * 3 + 3 + 9 + 15 + 5 + 20 + 4);
  CHECK(network.buffer_size() == 7 * 16 + 16);
  CHECK(network.nodes()[static_cast<std::size_t>(h.id)].name == "decoder.dense_0");
}

TEST_CASE("network: the image and the labels are one node each") {
  Network network({3, 8, 9}, 10);
  CHECK(network.image().id == network.image().id);
  CHECK(network.image().shape() == Shape{{3, 8, 9}, true});
  CHECK(network.labels().id == network.labels().id);
  CHECK(network.labels().shape() == Shape{{10}, true});
}

TEST_CASE("network: labels of a dataset without labels are refused") {
  Network network({1, 2, 2}, 0);
  CHECK_THROWS_WITH_AS(network.labels(), "the network asks for labels, but the dataset has none",
                       std::invalid_argument);
}

TEST_CASE("network: shapes that do not fit are refused with the operation, the node and the shapes") {
  Network network({1, 2, 2}, 3);
  network.begin_part("decoder");
  const Node x = flatten(network.image());
  const Node weight = network.parameter("dense", "weight", {5, 2}, {});
  CHECK_THROWS_WITH_AS(
      dense(x, {weight, {}}),
      "decoder.dense_0: dense expects x [N, D], weight [D, K] and perhaps bias [K], but got [N, 4] and [5, 2]",
      std::invalid_argument);
  CHECK_THROWS_WITH_AS(x + network.labels(),
                       "decoder.add_0: add expects two tensors whose dimensions, counted from the last and without "
                       "the batch, are equal or 1, but got [N, 4] and [N, 3]",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(reshape(x, {3, 2}),
                       "decoder.reshape_1: reshape expects as many elements as the result [N, 3, 2] has, but got [N, "
                       "4]",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(batch_mean(weight), "decoder.batch_mean_0: batch_mean expects [N, ...], but got [5, 2]",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(dropout(x, 1.0),
                       "decoder.dropout_0: dropout expects a rate in [0, 1), but got 1.000000 for "
                       "[N, 4]",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(leaky_relu(x, -1),
                       "decoder.leaky_relu_0: leaky_relu expects a slope of at least 0, but got -1.000000 for [N, 4]",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(network.parameter("dense", "weight", {5, 0}, {}),
                       "decoder.dense_1.weight: every dimension must be at least 1, but got [5, 0]",
                       std::invalid_argument);
}

TEST_CASE("network: a refused operation leaves no node behind") {
  Network network({1, 2, 2}, 3);
  const Node x = flatten(network.image());
  const auto before = network.nodes().size();
  CHECK_THROWS(x + network.labels() + x);
  CHECK(network.nodes().size() == before + 1);  // the labels
}

TEST_CASE("network: a reference to a node's shape remains valid while nodes are added") {
  Network network({1, 2, 2}, 0);
  const Node first = flatten(network.image());
  const Shape& shape = first.shape();
  Node x = first;
  for (int i = 0; i < 100; ++i) x = dense(x, 4);
  CHECK(&shape == &first.shape());
}

TEST_CASE("network: a node of another graph is refused") {
  Network one({1, 2, 2}, 0), other({1, 2, 2}, 0);
  CHECK_THROWS_WITH_AS(one.apply(op::Affine{1, 0}, {other.image()}),
                       "a node of another graph, or an empty one, was given to this network", std::invalid_argument);
}

TEST_CASE("network: refuses empty nodes, null operations and sizes that overflow") {
  Network network({1, 2, 2}, 0);
  const Node image = network.image();
  CHECK_THROWS_WITH_AS(relu(Node{}), doctest::Contains("an empty node"), std::invalid_argument);
  CHECK_THROWS_WITH_AS(dense(Node{}, 3), doctest::Contains("an empty node"), std::invalid_argument);
  CHECK_THROWS_WITH_AS(custom(nullptr, {image}), doctest::Contains("expects an operation"), std::invalid_argument);
  CHECK_THROWS_WITH_AS(concat({}), doctest::Contains("at least one tensor"), std::invalid_argument);
  CHECK_THROWS_WITH_AS(conv2d(image, 4, {.groups = 0}), doctest::Contains("groups = 0 does not divide"),
                       std::invalid_argument);
  constexpr std::int64_t kHuge = std::int64_t{1} << 32;
  CHECK_THROWS_WITH_AS(network.parameter("a", "w", {kHuge, kHuge}, {}), doctest::Contains("more than 10^12"),
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(resize2d(image, {kHuge, kHuge}), doctest::Contains("more than 10^12"), std::invalid_argument);
}

TEST_CASE("network: penalties have unique names in lower snake case") {
  Network network({1, 2, 2}, 0);
  const Node image = network.image();
  network.penalty("kl", image, 1);
  CHECK_THROWS_WITH_AS(network.penalty("kl", image, 1), doctest::Contains("already"), std::invalid_argument);
  CHECK_THROWS_WITH_AS(network.penalty("a,b", image, 1), doctest::Contains("a to z"), std::invalid_argument);
  CHECK_THROWS_WITH_AS(network.penalty("", image, 1), doctest::Contains("a to z"), std::invalid_argument);
  CHECK_THROWS_WITH_AS(network.penalty("objective", image, 1), doctest::Contains("another part of the loss"),
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(network.penalty("ramp", image, {1, 0, 3, 2}), doctest::Contains("does not go forward"),
                       std::invalid_argument);
}

TEST_CASE("network: thousands of layers are numbered in linear time, and too many nodes are refused") {
  Network network({1, 2, 2}, 0);
  Node x = flatten(network.image());
  for (int i = 0; i < 20'000; ++i) {
    const Node bias = network.parameter("shift", "bias", {4}, {});
    x = x + bias;
  }
  CHECK(network.parameters().back().name == "network.shift_19999.bias");
  CHECK(network.nodes().back().name == "network.add_19999");
  const auto more = [&] {
    for (std::size_t i = 0; i < kMostNodes; ++i) x = relu(x);
  };
  CHECK_THROWS_WITH_AS(more(), doctest::Contains("more than 65536 nodes"), std::invalid_argument);
}

TEST_CASE(
    "network: a part that is repeated has the parameters of the first time, as constants, and no state of its own") {
  Network network({1, 2, 2}, 0);
  const auto describe = [&] { return dense(batch_norm(dense(flatten(network.image()), 3)), 4); };
  network.begin_part("decoder");
  const Node first = describe();
  const auto parameters = network.parameters().size();
  network.repeat_part("decoder");
  const Node again = describe();
  network.penalty("ignored", again, 1);
  network.begin_part("auxiliary");
  CHECK(network.parameters().size() == parameters);
  CHECK(network.penalties().empty());
  network.penalty("again", again, 1);

  Model model(network, true);
  model.initialise(network, 1);
  const Objective objective{.output = stop_gradient(first)};
  Plan plan(network, model,
            {.batch = 2, .training = true, .feeds = {}, .outputs = {first, again}, .objective = objective});
  std::ranges::copy(std::vector<float>{1, 2, 3, 4, 0, 1, 0, 1}, plan.feed(network.image()).begin());
  plan.forward();
  CHECK(std::ranges::equal(plan.value(first), plan.value(again)));
  plan.backward();
  CHECK(std::ranges::all_of(model.gradients(), [](float gradient) { return gradient == 0; }));
}

TEST_CASE("network: a part that is repeated differently is refused") {
  Network network({1, 2, 2}, 0);
  network.begin_part("decoder");
  dense(flatten(network.image()), 3);
  network.repeat_part("decoder");
  CHECK_THROWS_WITH_AS(dense(flatten(network.image()), 4),
                       "decoder.dense_0.weight is not described in the same way again", std::invalid_argument);
}

TEST_CASE("network: the target is what the objective is compared with") {
  Network network({1, 1, 2}, 0);
  const Node offset = network.parameter("layer", "offset", {2}, {});
  const Node output = flatten(network.image()) + offset;
  network.penalty("distance", flatten(network.target()) - output, 1);
  Model model(network, true);
  Plan plan(network, model,
            {.batch = 1, .training = true, .feeds = {}, .outputs = {}, .objective = Objective{.output = output}});
  std::ranges::copy(std::vector<float>{5, 7}, plan.target().begin());
  std::ranges::copy(std::vector<float>{1, 2}, plan.feed(network.image()).begin());
  CHECK(plan.forward().penalties[0] == 9);
  CHECK_THROWS_WITH_AS(Plan(network, model, {.feeds = {}, .outputs = {network.target()}, .objective = {}}),
                       "a plan without an objective has no target", std::invalid_argument);
}

}  // namespace
}  // namespace hourglass::compute

// Every operation, forward and backward, against the naive reference.
#include <doctest/doctest.h>

#include "compute/checker.hpp"

namespace hourglass::compute::test {
namespace {

// Checks a network that ends in `body(probe)`, squashed into a mean of squares.
void check_operation(const std::function<Node(Node)>& body, double spread = 1) {
  Case tested;
  tested.spread = spread;
  tested.objective = {.output = body(probe(tested.network))};
  check_against_reference(tested);
}

// Positive and away from zero.
Node positive(Node x) { return square(x) + 0.3; }

TEST_CASE("dense: agrees with the reference") {
  check_operation([](Node x) { return dense(x, 7); });
  check_operation([](Node x) { return dense(x, 1); });
  check_operation([](Node x) { return dense(dense(x, 40), 33); });
}

TEST_CASE("dense: works without a bias") {
  check_operation([](Node x) { return dense(x, dense_weights(*x.graph, 20, 6, {}, false)); });
}

TEST_CASE("dense: works with a transposed weight") {
  check_operation([](Node x) { return dense_transposed(x, x.graph->parameter("dense", "weight", {9, 20}, {})); });
  check_operation([](Node x) {
    return dense_transposed(x, x.graph->parameter("dense", "weight", {9, 20}, {}),
                            x.graph->parameter("dense", "bias", {9}, {}));
  });
}

TEST_CASE("dense: tied weights get the gradients of all their uses") {
  check_operation([](Node x) {
    const auto weights = dense_weights(*x.graph, 20, 6, {});
    return dense_transposed(tanh(dense(x, weights)), weights.weight, x.graph->parameter("out", "bias", {20}, {}));
  });
}

TEST_CASE("dense: a bias shared by two layers gets the gradients of both") {
  check_operation([](Node x) {
    Graph& graph = *x.graph;
    const Node bias = graph.parameter("dense", "bias", {20}, {});
    const Node h = sigmoid(dense(x, {graph.parameter("dense", "weight", {20, 20}, {}), bias}));
    return dense(h, {graph.parameter("dense", "weight", {20, 20}, {}), bias});
  });
}

TEST_CASE("dense: a computed weight passes its gradient on") {
  check_operation([](Node x) { return dense(x, {square(x.graph->parameter("dense", "weight", {20, 4}, {})), {}}); });
}

TEST_CASE("activations: agree with the reference behind a dense layer and alone") {
  for (const auto& [name, kind] : activation_names()) {
    CAPTURE(name);
    check_operation([&](Node x) { return dense(activation(dense(x, 35), kind), 5); }, 0.7);
    check_operation([&](Node x) { return activation(x, kind); }, 4);
    check_operation([&](Node x) { return activation(dense(x, dense_weights(*x.graph, 20, 6, {}, false)), kind); });
  }
}

TEST_CASE("activations: alpha is the slope or scale below zero") {
  check_operation([](Node x) { return activation(dense(x, 8), Activation::leaky_relu, 0.3); });
  check_operation([](Node x) { return activation(x, Activation::leaky_relu, 0.3); }, 3);
  check_operation([](Node x) { return activation(dense(x, 8), Activation::elu, 0.5); });
  check_operation([](Node x) { return activation(x, Activation::elu, 2.5); }, 3);
}

TEST_CASE("reshape: the gradient goes through unchanged") {
  check_operation([](Node x) { return to_image(dense(flatten(reshape(x, {2, 10})), 12), {3, 2, 2}); });
  check_operation([](Node x) { return x * reshape(x.graph->parameter("w", "w", {4, 5}, {}), {20}); });
}

TEST_CASE("binary: agrees with the reference between batched tensors") {
  check_operation([](Node x) { return dense(x, 5) + dense(x, 5); });
  check_operation([](Node x) { return dense(x, 5) - dense(x, 5); });
  check_operation([](Node x) { return dense(x, 5) * dense(x, 5); });
  check_operation([](Node x) { return dense(x, 5) / positive(dense(x, 5)); }, 0.5);
}

TEST_CASE("binary: an operand without a batch is broadcast over it, on either side") {
  const auto both = [](const std::function<Node(Node, Node)>& f) {
    check_operation([&](Node x) { return f(x, positive(x.graph->parameter("w", "w", {20}, {}))); });
    check_operation([&](Node x) { return f(x.graph->parameter("w", "w", {20}, {}), positive(x)); });
    check_operation([&](Node x) {
      Graph& graph = *x.graph;
      return x + f(graph.parameter("w", "w", {20}, {}), positive(graph.parameter("w", "w", {20}, {})));
    });
  };
  both([](Node a, Node b) { return a + b; });
  both([](Node a, Node b) { return a - b; });
  both([](Node a, Node b) { return a * b; });
  both([](Node a, Node b) { return a / b; });
}

TEST_CASE("binary: both operands may be the same tensor") {
  check_operation([](Node x) { return x * x; });
  check_operation([](Node x) { return x - x + x; });
  check_operation([](Node x) { return x / positive(x); });
}

TEST_CASE("unary: agrees with the reference") {
  check_operation([](Node x) { return abs(x); });
  check_operation([](Node x) { return square(x); });
  check_operation([](Node x) { return sqrt(positive(x)); });
  check_operation([](Node x) { return exp(x); });
  check_operation([](Node x) { return log(positive(x)); });
}

TEST_CASE("affine: agrees with the reference") {
  check_operation([](Node x) { return 2.5 * x - 1.5; });
  check_operation([](Node x) { return 1.0 - dense(x, 3); });
}

TEST_CASE("batch_mean: agrees with the reference") {
  check_operation([](Node x) { return x - batch_mean(x); });
  check_operation([](Node x) { return dense(x, 5) * sigmoid(batch_mean(dense(x, 5))); });
}

TEST_CASE("several consumers: their gradients add up") {
  check_operation([](Node x) {
    const Node h = relu(dense(x, 9));
    return dense(h, 4) * sigmoid(dense(h, 4)) + square(dense(flatten(reshape(h, {3, 3})), 4));
  });
}

TEST_CASE("penalties: values and gradients agree with the reference") {
  Case tested;
  const Node h = dense(probe(tested.network), 6);
  const Node code = sigmoid(h);
  tested.network.penalty("sparsity", code, 0.3);
  tested.network.penalty("size", square(tested.network.parameter("scale", "scale", {6}, {})), 0.1);
  tested.network.penalty("mean", square(batch_mean(code) - 0.1), 0.7);
  tested.network.penalty("unused_constant", tested.network.image(), 0.2);
  tested.objective = {.output = dense(code, 20)};
  check_against_reference(tested);
}

TEST_CASE("penalties: may apply to the output itself") {
  Case tested;
  const Node output = dense(probe(tested.network), 20);
  tested.network.penalty("energy", square(output), 0.01);
  tested.network.penalty("sum", output, 0.01);
  tested.objective = {.output = output, .nonlinearity = Activation::sigmoid, .loss = Loss::bce};
  check_against_reference(tested);
}

TEST_CASE("batch of one: agrees with the reference") {
  Case tested;
  tested.batch = 1;
  tested.objective = {.output = dense(relu(dense(probe(tested.network), 9)), 20)};
  check_against_reference(tested);
}

}  // namespace
}  // namespace hourglass::compute::test

// Operations defined by a plugin.
#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>

#include "compute/checker.hpp"

namespace hourglass::compute::test {
namespace {

// x * y, both [N, D].
class Product final : public CustomOperation {
 public:
  std::string name() const override { return "product"; }
  Shape infer(std::span<const Shape> inputs) const override {
    if (inputs.size() != 2 || inputs[0] != inputs[1]) throw std::invalid_argument("expects two tensors of one shape");
    return inputs[0];
  }
  void forward(std::int64_t, std::span<const std::span<const float>> x, std::span<float> y) const override {
    for (std::size_t i = 0; i < y.size(); ++i) y[i] = x[0][i] * x[1][i];
  }
  void backward(std::int64_t, std::span<const std::span<const float>> x, std::span<const float>,
                std::span<const float> dy, std::span<const std::span<float>> dx) const override {
    for (std::size_t i = 0; i < dy.size(); ++i) {
      if (!dx[0].empty()) dx[0][i] += x[1][i] * dy[i];
      if (!dx[1].empty()) dx[1][i] += x[0][i] * dy[i];
    }
  }
};

// Gradients of a network with `product` in its middle, twice in a row.
std::vector<float> gradients(const std::function<Node(Node, Node)>& product) {
  Network network({1, 4, 5}, 0);
  const Node x = probe(network);
  const Node h = dense(x, 6);
  const Node output = product(product(h, sigmoid(h)), product(h, h)) + dense(flatten(network.image()), 6);
  Model model(network, true);
  model.initialise(network, 2);
  Plan plan(network, model,
            {.batch = 5, .training = true, .feeds = {}, .outputs = {}, .objective = Objective{.output = output}});
  const auto image = draw(plan.feed(network.image()).size(), 1, -1, 1);
  std::copy(image.begin(), image.end(), plan.feed(network.image()).begin());
  for (int step = 0; step < 2; ++step) {
    plan.forward();
    plan.backward();
  }
  return {model.gradients().begin(), model.gradients().end()};
}

TEST_CASE("custom: a plugin's operation equals the built-in with the same formula") {
  const auto operation = std::make_shared<Product>();
  const auto own = gradients([&](Node a, Node b) { return custom(operation, {a, b}); });
  const auto built_in = gradients([](Node a, Node b) { return a * b; });
  check_close("gradients", own, Numbers(built_in.begin(), built_in.end()), kFloatTolerance);
}

TEST_CASE("custom: an exception of an operation names the operation") {
  class Broken final : public CustomOperation {
   public:
    std::string name() const override { return "broken"; }
    Shape infer(std::span<const Shape> inputs) const override { return inputs[0]; }
    void forward(std::int64_t, std::span<const std::span<const float>>, std::span<float>) const override {
      throw std::runtime_error("no luck");
    }
    void backward(std::int64_t, std::span<const std::span<const float>>, std::span<const float>, std::span<const float>,
                  std::span<const std::span<float>>) const override {}
  };
  Network network({1, 2, 2}, 0);
  const Node output = custom(std::make_shared<Broken>(), {flatten(network.image())});
  Model model(network, false);
  Plan plan(network, model, {.batch = 1, .training = false, .feeds = {}, .outputs = {output}, .objective = {}});
  CHECK_THROWS_WITH_AS(plan.forward(), "operation broken: no luck", std::runtime_error);
}

TEST_CASE("custom: shapes that the operation refuses are reported with the node's name") {
  Network network({1, 2, 2}, 3);
  CHECK_THROWS_WITH_AS(custom(std::make_shared<Product>(), {flatten(network.image()), network.labels()}),
                       "network.product_0: product expects two tensors of one shape", std::invalid_argument);
}

}  // namespace
}  // namespace hourglass::compute::test

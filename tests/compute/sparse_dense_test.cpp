// Dense layers next to top-k, which skip zeros, compared with the naive reference, which does not.
#include <doctest/doctest.h>

#include <algorithm>

#include "compute/checker.hpp"
#include "compute/kernels/parallel.hpp"
#include "compute/training.hpp"

namespace hourglass::compute::test {
namespace {

// Checks a network that ends in `body(probe)`, a probe of 20 units.
void check_sparse(const std::function<Node(Node)>& body, std::int64_t batch = 6) {
  Case tested;
  tested.batch = batch;
  tested.objective = {.output = body(probe(tested.network))};
  check_against_reference(tested);
}

Node weight(Graph& graph, std::int64_t rows, std::int64_t columns) {
  return graph.parameter("dense", "weight", {rows, columns}, {});
}
Node bias(Graph& graph, std::int64_t size) { return graph.parameter("dense", "bias", {size}, {}); }

// [N, 20] -> [N, units], through a layer whose gradient is sparse if the next layer keeps few units.
Node sparse_units(Node x, std::int64_t count) {
  return dense_transposed(x, weight(*x.graph, count, x.shape().size()), bias(*x.graph, count));
}

double flops_of(const std::function<Node(Node)>& body, bool back) {
  Network network({1, 1, 20}, 0);
  const Node output = body(probe(network));
  Model model(network, true);
  const Plan plan(
      network, model,
      {.batch = 10, .training = true, .feeds = {}, .outputs = {}, .objective = Objective{.output = output}});
  return back ? plan.backward_flops() : plan.forward_flops();
}

TEST_CASE("dense: an input with few nonzeros costs only its nonzeros") {
  const auto decode = [](Node x) { return dense(top_k(x, 2), 30); };
  CHECK(flops_of(decode, false) == 2.0 * 10 * 2 * 30);
  CHECK(flops_of(decode, true) == 2 * 2.0 * 10 * 2 * 30);
}

TEST_CASE("dense: a gradient with few nonzeros costs only its nonzeros") {
  const auto encode = [](Node x) { return top_k(sparse_units(x, 40), 4); };
  CHECK(flops_of(encode, false) == 2.0 * 10 * 20 * 40);
  CHECK(flops_of(encode, true) == 2 * 2.0 * 10 * 4 * 20);
}

TEST_CASE("dense: an input or a gradient with many nonzeros is treated as dense") {
  CHECK(flops_of([](Node x) { return dense(top_k(x, 10), 30); }, false) == 2.0 * 10 * 20 * 30);
  CHECK(flops_of([](Node x) { return top_k(sparse_units(x, 40), 20); }, true) == 2 * 2.0 * 10 * 40 * 20);
}

TEST_CASE("sparse input: agrees with the reference, whatever the width") {
  for (const std::int64_t width : {1, 7, 16, 20, 33, 64, 100, 150}) {
    CAPTURE(width);
    check_sparse([&](Node x) { return dense(top_k(x, 3), width); });
  }
}

TEST_CASE("sparse input: agrees with the reference without a bias, and with activations") {
  check_sparse([](Node x) { return dense(top_k(x, 4), {weight(*x.graph, 20, 12), {}}); });
  for (const auto& [name, kind] : activation_names()) {
    CAPTURE(name);
    check_sparse([&](Node x) { return dense(activation(dense(top_k(x, 4), 35), kind), 5); });
  }
}

TEST_CASE("sparse input: agrees with the reference in every scope") {
  check_sparse([](Node x) { return dense(winner_take_all(x, 2, 2), 9); }, 12);
  check_sparse([](Node x) { return dense(batch_top_k(x, 3), 9); }, 12);
}

TEST_CASE("sparse input: gradients are added if weight, bias or input have other uses") {
  check_sparse([](Node x) {
    const Node w = weight(*x.graph, 20, 20), b = bias(*x.graph, 20);
    const Node code = top_k(x, 3);
    return dense(code, {w, b}) + dense(tanh(code), {w, b});
  });
  check_sparse([](Node x) {
    const Node code = top_k(x, 3);
    x.graph->penalty("squares", square(code), 0.3);
    return dense(code, 8) + dense(code, 8);
  });
}

TEST_CASE("sparse input: many samples of one unit are added up") {
  check_sparse([](Node x) { return dense(top_k(x, 5), 70); }, 40);
}

TEST_CASE("sparse gradient: agrees with the reference, with activations and without a bias") {
  check_sparse([](Node x) { return dense(top_k(sparse_units(x, 30), 4), 8); });
  check_sparse([](Node x) { return top_k(dense_transposed(x, weight(*x.graph, 30, 20)), 4); });
  for (const auto& [name, kind] : activation_names()) {
    CAPTURE(name);
    check_sparse([&](Node x) { return top_k(activation(sparse_units(x, 30), kind), 7); });
  }
}

TEST_CASE("sparse gradient: agrees with the reference in every scope") {
  check_sparse([](Node x) { return winner_take_all(sparse_units(x, 30), 2, 2); }, 12);
  check_sparse([](Node x) { return batch_top_k(sparse_units(x, 30), 3); }, 12);
}

TEST_CASE("sparse gradient: is dense if the units have another use") {
  check_sparse([](Node x) {
    const Node all = sparse_units(x, 20);
    return top_k(all, 3) + 0.1 * all;
  });
  check_sparse([](Node x) {
    const Node all = sparse_units(x, 20);
    x.graph->penalty("squares", square(all), 0.3);
    return top_k(all, 3);
  });
}

TEST_CASE("sparse codes: tied weights get the gradients of encoder and decoder") {
  check_sparse([](Node x) {
    Graph& graph = *x.graph;
    const Node w = weight(graph, 32, 20), before = bias(graph, 20);
    const Node code = top_k(dense_transposed(x - before, w, bias(graph, 32)), 5);
    return dense(code, {w, before});
  });
}

/// 1 x 10 x 10 images through `width` units of which few are kept, larger than one block of every kind.
struct SparseTraining {
  Network network{{1, 10, 10}, 0};
  std::unique_ptr<Model> model;

  explicit SparseTraining(op::TopKScope scope, int steps) {
    const Node image = network.image();
    const Node before = network.parameter("code", "bias", {100}, {});
    const Node all = dense_transposed(flatten(image) - before,
                                      network.parameter("dense", "weight", {300, 100}, {Init::Kind::uniform, 0.1}),
                                      network.parameter("dense", "bias", {300}, {}));
    const Node code = network.apply(op::TopK{7, 7, scope}, {all});
    const Node output =
        dense(code, {network.parameter("dense", "weight", {300, 100}, {Init::Kind::uniform, 0.1}), before});
    model = std::make_unique<Model>(network, true);
    model->initialise(network, 3);
    Plan plan(network, *model,
              {.batch = 90,
               .training = true,
               .feeds = {},
               .outputs = {},
               .objective = Objective{to_image(output, {1, 10, 10}), Activation::sigmoid, Loss::mse, false}});
    const auto images = draw(plan.feed(image).size(), 5, 0, 1);
    std::copy(images.begin(), images.end(), plan.feed(image).begin());
    std::copy(images.begin(), images.end(), plan.target().begin());
    const auto optimizer = make_optimizer(network, "adam", optimizer_values("adam"));
    for (int step = 1; step <= steps; ++step) {
      plan.forward({.seed = 11, .step = static_cast<std::uint64_t>(step)});
      plan.backward();
      optimizer->update(*model, {.learning_rate = 0.01, .step = step});
    }
  }
};

TEST_CASE("sparse codes: train to the same bits on 1, 2 and 4 threads") {
  const int before = threads();
  for (const auto scope : {op::TopKScope::sample, op::TopKScope::unit, op::TopKScope::batch}) {
    std::vector<std::vector<float>> trained;
    for (const int count : {1, 2, 4}) {
      set_threads(count);
      const SparseTraining training(scope, 4);
      const auto parameters = std::as_const(*training.model).parameters();
      trained.emplace_back(parameters.begin(), parameters.end());
    }
    CHECK(trained[1] == trained[0]);
    CHECK(trained[2] == trained[0]);
  }
  set_threads(before);
}

}  // namespace
}  // namespace hourglass::compute::test

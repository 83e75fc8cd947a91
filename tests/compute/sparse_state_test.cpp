// Sparse codes with state: dead units, and a threshold in place of the batch.
#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>

#include "compute/cases.hpp"

namespace hourglass::compute::test {
namespace {

/// One node on batches of four units, with the state between them.
struct Stateful {
  Network network{{1, 1, 4}, 0};
  Node image = network.image(), output;
  Model model{network, false};

  template <class Body>
  explicit Stateful(Body body) : output(body(flatten(image))), model(network, true) {
    model.initialise(network, 1);
  }

  std::vector<float> operator()(const std::vector<float>& rows, bool training = true) {
    const auto batch = static_cast<std::int64_t>(rows.size()) / 4;
    Plan plan(network, model,
              {.batch = batch, .training = training, .feeds = {}, .outputs = {output}, .objective = {}});
    std::ranges::copy(rows, plan.feed(image).begin());
    plan.forward();
    return {plan.value(output).begin(), plan.value(output).end()};
  }

  std::vector<float> state(std::size_t size) const {
    return {model.parameters().begin(), model.parameters().begin() + static_cast<std::ptrdiff_t>(size)};
  }
};

using Row = std::vector<float>;

TEST_CASE("masked_top_k: keeps the largest of the units whose mask is not 0, fewer where there are fewer") {
  const auto kept = [](const Row& mask, std::int64_t count, const Row& rows) {
    Stateful tested([&](Node x) { return masked_top_k(x, x.owner().state("mask", "mask", {4}, {}), count); });
    std::ranges::copy(mask, tested.model.parameters().begin());
    return tested(rows);
  };
  CHECK(kept({1, 1, 0, 1}, 2, {3, 1, 9, 2, -1, -2, -3, -4}) == Row{3, 0, 0, 2, -1, -2, 0, 0});
  CHECK(kept({0, 0, 1, 0}, 2, {3, 1, 9, 2}) == Row{0, 0, 9, 0});
  CHECK(kept({0, 0, 0, 0}, 4, {3, 1, 9, 2}) == Row{0, 0, 0, 0});
  CHECK(kept({1, 1, 0, 1}, 4, {3, 1, 9, 2}) == Row{3, 1, 0, 2});
}

TEST_CASE("masked_top_k: its gradient is that of the units that it keeps") {
  Case tested;
  const Node x = probe(tested.network);
  const Node mask = tested.network.state("mask", "mask", {20}, {Init::Kind::constant, 1});
  tested.objective = {.output = dense(masked_top_k(x, mask, 3), 4)};
  check_against_reference(tested);
}

TEST_CASE("dead_units: counts the samples since a unit was last active, up to the limit, in training alone") {
  Stateful tested([](Node x) { return dead_units(x, 3); });
  CHECK(tested({1, 0, 0, 0, 0, 2, 0, 0}) == Row{0, 0, 0, 0});
  CHECK(tested.state(4) == Row{1, 0, 2, 2});
  CHECK(tested({0, 0, 0, 0, 0, 0, 0, -1}, false) == Row{0, 0, 0, 0});
  CHECK(tested.state(4) == Row{1, 0, 2, 2});
  CHECK(tested({0, 0, 0, 0, 0, 0, 0, -1}) == Row{1, 0, 1, 0});
  CHECK(tested.state(4) == Row{3, 2, 3, 0});
  CHECK(tested({0, 0, 5, 0}) == Row{1, 1, 0, 0});
}

TEST_CASE("dead_units: gives the same for a listed code") {
  Stateful listed([](Node x) { return dead_units(top_k(x, 1), 2); });
  CHECK(listed({9, 1, 1, 1, 0, 9, 0, 0}) == Row{0, 0, 1, 1});
  CHECK(listed.state(4) == Row{1, 0, 2, 2});
}

TEST_CASE("batch_top_k: in training keeps the batch's largest, and the threshold follows the least above 0") {
  Stateful tested([](Node x) { return batch_top_k(x, 1, 0.75); });
  CHECK(tested({4, 3, 0, 0, 1, 2, 0, 0}) == Row{4, 3, 0, 0, 0, 0, 0, 0});
  CHECK(tested.state(1) == Row{3});
  CHECK(tested({7, 0, 0, 0, 0, 0, 0, 0}) == Row{7, 0, 0, 0, 0, 0, 0, 0});
  CHECK(tested.state(1) == Row{4});  // 0.75 * 3 + 0.25 * 7
}

TEST_CASE("batch_top_k: outside training a sample's code does not depend on its batch") {
  Stateful tested([](Node x) { return batch_top_k(x, 1, 0.75); });
  tested.model.parameters()[0] = 2;
  CHECK(tested({2, 1.9F, -3, 5, 1, 1, 1, 1}, false) == Row{2, 0, 0, 5, 0, 0, 0, 0});
  CHECK(tested.state(1) == Row{2});
}

TEST_CASE("batch_top_k: options and shapes that do not fit are refused") {
  check_refused([](Network& network) { batch_top_k(flatten(network.image()), 2, 1.0); },
                "network.batch_top_k_0: batch_top_k expects a decay in [0, 1), but got 1.000000 for [N, 90] and [1]");
  check_refused([](Network& network) { dead_units(flatten(network.image()), 0); },
                "network.track_idle_0: track_idle expects from 1 to 2^24 samples, but got 0 for [N, 90] and [90]");
}

}  // namespace
}  // namespace hourglass::compute::test

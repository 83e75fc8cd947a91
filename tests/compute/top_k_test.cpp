// Top-k in all its scopes, against the naive reference and by hand.
#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "compute/checker.hpp"

namespace hourglass::compute::test {
namespace {

// Checks a network that ends in `body(probe)`.
void check_top_k(const std::function<Node(Node)>& body) {
  Case tested;
  tested.objective = {.output = body(probe(tested.network))};
  check_against_reference(tested);
}

// The output of `body` on the batch `rows` of [units].
std::vector<float> top_k_output(const std::vector<float>& rows, std::int64_t units, bool training,
                                const std::function<Node(Node)>& body) {
  Network network({1, 1, units}, 0);
  const Node image = network.image();
  const Node output = body(flatten(image));
  Model model(network, true);
  const auto batch = static_cast<std::int64_t>(rows.size()) / units;
  Plan plan(network, model, {.batch = batch, .training = training, .feeds = {}, .outputs = {output}, .objective = {}});
  std::copy(rows.begin(), rows.end(), plan.feed(image).begin());
  plan.forward();
  const auto values = plan.value(output);
  return {values.begin(), values.end()};
}

Node twice(Node x) { return top_k(x, 3) + 0.5 * top_k(x, 5); }

TEST_CASE("top_k: agrees with the reference in every scope") {
  for (const std::int64_t count : {1, 3, 5, 6, 19, 20, 40}) {
    CAPTURE(count);
    check_top_k([&](Node x) { return top_k(x, count); });
    check_top_k([&](Node x) { return winner_take_all(x, count, count); });
    check_top_k([&](Node x) { return batch_top_k(x, count); });
  }
}

TEST_CASE("top_k: agrees with the reference on tensors of any rank") {
  check_top_k([](Node x) { return top_k(reshape(x, {4, 5}), 3); });
}

TEST_CASE("top_k: adds its gradient if its input has other uses") {
  check_top_k([](Node x) { return twice(x); });
  check_top_k([](Node x) { return x + batch_top_k(x, 3); });
  check_top_k([](Node x) { return x + top_k(x, 30); });
}

TEST_CASE("top_k: a sample keeps its largest units, and the first of equal ones") {
  CHECK(top_k_output({3, -1, 4, 1, -5, 9}, 3, true, [](Node x) { return top_k(x, 2); }) ==
        std::vector<float>{3, 0, 4, 1, 0, 9});
  CHECK(top_k_output({2, 2, 2, 2}, 4, true, [](Node x) { return top_k(x, 2); }) == std::vector<float>{2, 2, 0, 0});
}

TEST_CASE("top_k: negative numbers are kept if there are no larger ones") {
  CHECK(top_k_output({-3, -1, -2}, 3, true, [](Node x) { return top_k(x, 2); }) == std::vector<float>{0, -1, -2});
}

TEST_CASE("winner_take_all: a unit keeps its largest samples in training, a sample its largest units otherwise") {
  const std::vector<float> rows = {1, 5, 2, 6, 3, 4};  // three samples of two units
  CHECK(top_k_output(rows, 2, true, [](Node x) { return winner_take_all(x, 1, 1); }) ==
        std::vector<float>{0, 5, 2, 6, 3, 0});
  CHECK(top_k_output(rows, 2, false, [](Node x) { return winner_take_all(x, 1, 1); }) ==
        std::vector<float>{0, 5, 0, 6, 0, 4});
}

TEST_CASE("batch_top_k: samples share the kept units in training") {
  const std::vector<float> rows = {1, 2, 9, 8};
  CHECK(top_k_output(rows, 2, true, [](Node x) { return batch_top_k(x, 1); }) == std::vector<float>{0, 0, 9, 8});
  CHECK(top_k_output(rows, 2, false, [](Node x) { return batch_top_k(x, 1); }) == std::vector<float>{0, 2, 9, 0});
}

TEST_CASE("top_k: keeps inference_count outside training") {
  CHECK(top_k_output({1, 2, 3, 4}, 4, false, [](Node x) { return top_k(x, 1, 3); }) == std::vector<float>{0, 2, 3, 4});
}

TEST_CASE("top_k: a NaN is kept, so that it is noticed") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto output = top_k_output({5, -nan, 3, 4}, 4, true, [](Node x) { return top_k(x, 1); });
  CHECK(std::isnan(output[1]));
}

TEST_CASE("top_k: refuses to keep nothing, and tensors without a batch") {
  Network network({1, 1, 4}, 0);
  CHECK_THROWS_WITH_AS(
      top_k(flatten(network.image()), 0),
      doctest::Contains("network.top_k_0: top_k expects to keep at least 1 element, but got 0 for [N, 4]"),
      std::invalid_argument);
  CHECK_THROWS_WITH_AS(top_k(network.parameter("a", "w", {4}, {}), 1), doctest::Contains("expects one tensor [N, K]"),
                       std::invalid_argument);
}

}  // namespace
}  // namespace hourglass::compute::test

// Constraints on parameters.
#include "compute/graph/constraints.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "compute/checker.hpp"
#include "compute/graph/plan.hpp"
#include "hourglass/layers.hpp"

namespace hourglass::compute::test {
namespace {

TEST_CASE("keep_unit_rows: scales every row to norm 1, keeps its direction, and leaves other parameters") {
  Network network({1, 2, 2}, 0);
  const Node kept = network.parameter("kept", "rows", {19, 37}, {});
  network.parameter("free", "rows", {3, 4}, {});
  network.keep_unit_rows(kept);
  Model model(network, false);
  const auto numbers = draw(model.parameters().size(), 1, -3, 3);
  std::copy(numbers.begin(), numbers.end(), model.parameters().begin());
  apply_constraints(network, model.parameters());
  for (std::size_t row = 0; row < 19; ++row) {
    double before = 0, after = 0, product = 0;
    for (std::size_t i = row * 37; i < (row + 1) * 37; ++i) {
      const auto a = static_cast<double>(numbers[i]), b = static_cast<double>(model.parameters()[i]);
      before += a * a, after += b * b, product += a * b;
    }
    CHECK(after == doctest::Approx(1));
    CHECK(product == doctest::Approx(std::sqrt(before)));
  }
  const auto first = static_cast<std::ptrdiff_t>(network.parameters()[1].offset);
  CHECK(std::equal(numbers.begin() + first, numbers.begin() + first + 12, model.parameters().begin() + first));
}

TEST_CASE("keep_unit_rows: a row of zeros does not change") {
  Network network({1, 2, 2}, 0);
  network.keep_unit_rows(network.parameter("kept", "rows", {2, 3}, {}));
  Model model(network, false);
  model.parameters()[3] = 0.5f;
  apply_constraints(network, model.parameters());
  CHECK(std::vector<float>(model.parameters().begin(), model.parameters().begin() + 6) ==
        std::vector<float>{0, 0, 0, 1, 0, 0});
}

TEST_CASE("keep_unit_rows: nodes other than parameters with rows are refused") {
  Network network({1, 2, 2}, 0);
  CHECK_THROWS_WITH_AS(network.keep_unit_rows(network.image()),
                       "image: keeping rows at norm 1 expects a parameter [R, D], but got [N, 1, 2, 2]",
                       std::invalid_argument);
}

TEST_CASE("remove_row_gradients: a training step's gradient has no component along the rows, and is else the same") {
  const auto gradient = [](bool removes) {
    Network network({1, 2, 2}, 0);
    const Node rows = network.parameter("layer", "weight", {4, 3}, {Init::Kind::normal, 1});
    if (removes) network.remove_row_gradients(rows);
    Model model(network, true);
    model.initialise(network, 1);
    const Objective objective{.output = dense(flatten(network.image()), {rows})};
    Plan plan(network, model, {.batch = 2, .training = true, .feeds = {}, .outputs = {}, .objective = objective});
    const auto pixels = draw(8, 3, -1, 1);
    std::ranges::copy(pixels, plan.feed(network.image()).begin());
    std::ranges::fill(plan.target(), 0.25F);
    plan.forward();
    plan.backward();
    return std::pair(std::vector<float>(model.gradients().begin(), model.gradients().begin() + 12),
                     std::vector<float>(model.parameters().begin(), model.parameters().begin() + 12));
  };
  const auto [whole, rows] = gradient(false);
  const auto [tangent, same_rows] = gradient(true);
  CHECK(rows == same_rows);
  for (std::size_t row = 0; row < 12; row += 3) {
    double along = 0, squares = 0, left = 0;
    for (std::size_t i = row; i < row + 3; ++i) {
      const auto w = static_cast<double>(rows[i]);
      along += w * static_cast<double>(whole[i]), squares += w * w, left += w * static_cast<double>(tangent[i]);
    }
    CHECK(std::abs(along) > 1e-3);
    CHECK(std::abs(left) < 1e-6);
    for (std::size_t i = row; i < row + 3; ++i) {
      CHECK(static_cast<double>(tangent[i]) ==
            doctest::Approx(static_cast<double>(whole[i]) - along / squares * static_cast<double>(rows[i])));
    }
  }
}

}  // namespace
}  // namespace hourglass::compute::test

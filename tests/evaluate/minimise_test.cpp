// L-BFGS on functions whose minimum is known.
#include "evaluate/minimise.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace hourglass::evaluate;

namespace {

/// Rosenbrock's function, with its minimum at (1, 1).
double rosenbrock(std::span<const double> x, std::span<double> gradient) {
  const double a = 1 - x[0], b = x[1] - x[0] * x[0];
  gradient[0] = -2 * a - 400 * x[0] * b;
  gradient[1] = 200 * b;
  return a * a + 100 * b * b;
}

}  // namespace

TEST_CASE("lbfgs: finds the minimum of Rosenbrock's function") {
  std::vector<double> x = {-1.2, 1};
  const auto result = minimise(rosenbrock, x, {.tolerance = 1e-8});
  CHECK(result.converged);
  CHECK(result.iterations < 60);
  CHECK(x[0] == doctest::Approx(1).epsilon(1e-8));
  CHECK(x[1] == doctest::Approx(1).epsilon(1e-8));
}

TEST_CASE("lbfgs: stops after the maximum number of iterations") {
  std::vector<double> x = {-1.2, 1};
  const auto result = minimise(rosenbrock, x, {.iterations = 3});
  CHECK(result.iterations == 3);
  CHECK_FALSE(result.converged);
}

TEST_CASE("lbfgs: does not move from a minimum") {
  std::vector<double> x = {1, 1};
  const auto result = minimise(rosenbrock, x, {});
  CHECK(result.iterations == 0);
  CHECK(result.converged);
  CHECK(x == std::vector<double>{1, 1});
}

TEST_CASE("lbfgs: the search ends at a kink where no step descends, and does not call its gradient small") {
  std::vector<double> x = {0.3};
  const auto result = minimise(
      [](std::span<const double> at, std::span<double> gradient) {
        gradient[0] = at[0] >= 0 ? 1 : -1;
        return at[0] >= 0 ? at[0] : -at[0];
      },
      x, {});
  CHECK_FALSE(result.converged);
  CHECK(std::abs(x[0]) < 1e-6);
}

// L-BFGS step by step, on functions whose minimum is known.
#include "compute/optimise/lbfgs.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "compute/kernels/parallel.hpp"
#include "compute/threads.hpp"

namespace hourglass::compute::test {
namespace {

/// sum of k (x_k - 1)^2 / 2 + (x_k - 1)^4 / 40 for k = 1, 2, ...: convex, badly scaled, lowest where all x are 1.
template <class Real>
double valley(std::span<const Real> x, std::span<Real> gradient) {
  double value = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double k = static_cast<double>(i % 50 + 1), away = static_cast<double>(x[i]) - 1;
    value += k * away * away / 2 + away * away * away * away / 40;
    gradient[i] = static_cast<Real>(k * away + away * away * away / 10);
  }
  return value;
}

/// A search from 0 for the minimum.
template <class Real>
struct Descent {
  explicit Descent(std::size_t size, const LbfgsOptions& options = {})
      : x(size), gradient(size), search(static_cast<std::int64_t>(size), options) {
    value = valley<Real>(x, gradient);
    search.start(x, gradient, value);
  }
  /// One evaluation.
  Advance advance() {
    if (!search.searching()) search.propose(x, 1);
    value = valley<Real>(x, gradient);
    return search.advance(x, gradient, value);
  }
  Advance iterate() {
    auto result = Advance::again;
    while (result == Advance::again) result = advance();
    return result;
  }

  std::vector<Real> x, gradient;
  double value;
  Lbfgs<Real> search;
};

template <class Real>
double farthest(const Descent<Real>& descent) {
  double most = 0;
  for (const auto value : descent.x) most = std::max(most, std::abs(static_cast<double>(value) - 1));
  return most;
}

// Restores the number of threads.
TEST_CASE("lbfgs: finds the minimum in float and in double") {
  Descent<float> coarse(100);
  Descent<double> fine(100);
  for (int i = 0; i < 60; ++i) {
    coarse.iterate();
    fine.iterate();
  }
  CHECK(farthest(coarse) < 1e-5);
  CHECK(farthest(fine) < 1e-7);
}

TEST_CASE("lbfgs: every step meets the strong Wolfe conditions") {
  Descent<double> descent(100);
  for (int i = 0; i < 15; ++i) {
    const auto from = descent.x, slope_from = descent.gradient;
    const double value_from = descent.value;
    REQUIRE(descent.iterate() == Advance::done);
    double before = 0, after = 0;  // slopes along the step
    for (std::size_t k = 0; k < from.size(); ++k) {
      before += slope_from[k] * (descent.x[k] - from[k]);
      after += descent.gradient[k] * (descent.x[k] - from[k]);
    }
    CHECK(descent.value <= value_from + 1e-4 * before);
    CHECK(std::abs(after) <= 0.9 * std::abs(before));
  }
}

TEST_CASE("lbfgs: returns `stuck` at the best point if rounding hides any descent") {
  Descent<float> descent(100);
  auto last = Advance::done;
  for (int i = 0; i < 200 && last == Advance::done; ++i) last = descent.iterate();
  CHECK(last == Advance::stuck);
  CHECK(farthest(descent) < 1e-5);
  CHECK(descent.value == valley<float>(descent.x, descent.gradient));
}

TEST_CASE("lbfgs: a state copied between two evaluations continues with the same bits") {
  Descent<float> one(1000, {.history = 3, .evaluations = 20}), other(1000, {.history = 3, .evaluations = 20});
  for (int i = 0; i < 12; ++i) one.advance();
  REQUIRE(one.search.state().size() == other.search.state().size());
  std::ranges::copy(one.search.state(), other.search.state().begin());
  other.x = one.x;
  for (int i = 0; i < 12; ++i) {
    CHECK(one.advance() == other.advance());
    CHECK(one.x == other.x);
  }
}

TEST_CASE("lbfgs: the same bits on 1, 2 and 4 threads") {
  const Threads restore;
  std::vector<float> expected;
  for (const int count : {1, 2, 4}) {
    set_threads(count);
    Descent<float> descent(200000);
    for (int i = 0; i < 6; ++i) descent.iterate();
    if (expected.empty()) expected = descent.x;
    CHECK(descent.x == expected);
  }
}

TEST_CASE("lbfgs: a value that is not finite counts as too long a step") {
  // x - log(x), truncated beyond its minimum at 1, which the first step overshoots.
  std::vector<double> x = {0.6}, gradient(1);
  const auto function = [&] {
    gradient[0] = 1 - 1 / x[0];
    return x[0] > 0 && x[0] < 1.1 ? x[0] - std::log(x[0]) : std::numeric_limits<double>::quiet_NaN();
  };
  Lbfgs<double> search(1, {});
  const double first = function();
  search.start(x, gradient, first);
  int leaps = 0;
  for (int i = 0; i < 100; ++i) {
    if (!search.searching()) search.propose(x, 1);
    const double value = function();
    leaps += std::isnan(value);
    if (search.advance(x, gradient, value) == Advance::stuck) break;
  }
  CHECK(leaps > 0);
  CHECK(x[0] == doctest::Approx(1).epsilon(1e-6));
}

TEST_CASE("lbfgs: a search that reaches its limit of evaluations ends at the best point so far") {
  Descent<double> descent(100, {.history = 10, .evaluations = 1});
  double before = descent.value;
  for (int i = 0; i < 20; ++i) {
    const auto end = descent.iterate();
    CHECK(descent.value <= before);
    before = descent.value;
    if (end == Advance::stuck) break;
  }
}

}  // namespace
}  // namespace hourglass::compute::test

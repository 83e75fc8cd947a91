// Runs the engine's L-BFGS to convergence.
#include "evaluate/minimise.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "compute/optimise/lbfgs.hpp"

namespace hourglass::evaluate {
namespace {

/// Limit of a line search: more than a smooth function ever needs.
constexpr std::int64_t kEvaluations = 30;
/// How far above the tolerance a gradient may be that rounding keeps from decreasing.
constexpr double kRounding = 10;

double largest(std::span<const double> values) {
  double result = 0;
  for (const auto value : values) result = std::max(result, std::abs(value));
  return result;
}

}  // namespace

LbfgsResult minimise(const Differentiable& function, std::span<double> x, const LbfgsOptions& options) {
  compute::Lbfgs<double> search(static_cast<std::int64_t>(x.size()),
                                {.history = options.history, .evaluations = kEvaluations});
  std::vector<double> gradient(x.size());
  LbfgsResult result;
  result.value = function(x, gradient);
  search.start(x, gradient, result.value);
  const auto within = [&](double factor) {
    const double tolerance = options.tolerance + options.relative_tolerance * std::abs(result.value);
    return largest(gradient) <= factor * tolerance;
  };
  while (!(result.converged = within(1)) && result.iterations < options.iterations) {
    search.propose(x, 1);
    auto advance = compute::Advance::again;
    while (advance == compute::Advance::again) {
      result.value = function(x, gradient);
      advance = search.advance(x, gradient, result.value);
    }
    if (advance == compute::Advance::stuck) {
      result.converged = within(kRounding);
      break;
    }
    ++result.iterations;
  }
  return result;
}

}  // namespace hourglass::evaluate

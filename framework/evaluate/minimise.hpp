// Minimises smooth functions of some thousand variables by limited-memory BFGS.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

namespace hourglass::evaluate {

struct LbfgsOptions {
  std::int64_t iterations = 200;
  std::int64_t history = 10;  ///< pairs of steps and gradient changes that are kept
  double tolerance = 1e-5;    ///< the gradient's largest element at which the search ends
};

struct LbfgsResult {
  double value = 0;
  std::int64_t iterations = 0;
  bool converged = false;  ///< the gradient vanished, or the function could not be lowered any further
};

/// Returns f(x) and writes its gradient.
using Differentiable = std::function<double(std::span<const double> x, std::span<double> gradient)>;

/// Minimises `function` from `x`, which is overwritten with the best point found. Deterministic.
LbfgsResult minimise(const Differentiable& function, std::span<double> x, const LbfgsOptions& options);

}  // namespace hourglass::evaluate

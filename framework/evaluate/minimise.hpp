// Minimises smooth functions of thousands of variables by limited-memory BFGS.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

namespace hourglass::evaluate {

struct LbfgsOptions {
  std::int64_t iterations = 200;
  std::int64_t history = 10;  ///< stored pairs of steps and gradient changes
  /// The search ends when no gradient element is larger than `tolerance` + `relative_tolerance` * |value|.
  double tolerance = 1e-5, relative_tolerance = 0;
};

struct LbfgsResult {
  double value = 0;
  std::int64_t iterations = 0;
  bool converged = false;  ///< the gradient is within the tolerance or, where no step decreases the function, near it
};

/// Returns f(x) and writes its gradient.
using Differentiable = std::function<double(std::span<const double> x, std::span<double> gradient)>;

/// Minimises `function` from `x`, which is overwritten with the best point found. Deterministic.
LbfgsResult minimise(const Differentiable& function, std::span<double> x, const LbfgsOptions& options);

}  // namespace hourglass::evaluate

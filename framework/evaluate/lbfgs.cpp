// The two-loop recursion and a line search by bisection.
#include "evaluate/lbfgs.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <utility>
#include <vector>

namespace hourglass::evaluate {
namespace {

using Vector = std::vector<double>;

double dot(const Vector& a, const Vector& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

void add(Vector& to, double scale, const Vector& what) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += scale * what[i];
}

double largest(const Vector& values) {
  double result = 0;
  for (const auto value : values) result = std::max(result, std::abs(value));
  return result;
}

struct Pair {
  Vector step, change;  ///< of x, of the gradient
  double curvature;     ///< step * change, above 0
};

struct Point {
  Vector x, gradient;
  double value = 0;
};

/// Returns minus the inverse Hessian's approximation times the gradient (the two-loop recursion).
Vector direction(const std::deque<Pair>& history, const Vector& gradient) {
  Vector result = gradient;
  std::vector<double> factors(history.size());
  for (std::size_t i = history.size(); i-- > 0;) {
    factors[i] = dot(history[i].step, result) / history[i].curvature;
    add(result, -factors[i], history[i].change);
  }
  // Without history the first step has length one at most.
  const double scale = history.empty() ? 1 / std::max(1.0, std::sqrt(dot(gradient, gradient)))
                                       : history.back().curvature / dot(history.back().change, history.back().change);
  for (auto& value : result) value *= scale;
  for (std::size_t i = 0; i < history.size(); ++i) {
    add(result, factors[i] - dot(history[i].change, result) / history[i].curvature, history[i].step);
  }
  for (auto& value : result) value = -value;
  return result;
}

/// Finds a step along `along` that meets the weak Wolfe conditions, by bisection (Lewis & Overton 2013). Returns false
/// when none is found, which means that rounding hides any further descent.
bool search_line(const Differentiable& function, const Point& from, const Vector& along, Point& to) {
  constexpr double kSufficient = 1e-4, kCurvature = 0.9;
  constexpr int kTrials = 30;
  const double slope = dot(from.gradient, along);
  if (!(slope < 0)) return false;
  double low = 0, high = std::numeric_limits<double>::infinity(), length = 1;
  for (int trial = 0; trial < kTrials; ++trial) {
    to.x = from.x;
    add(to.x, length, along);
    to.value = function(to.x, to.gradient);
    if (!(to.value <= from.value + kSufficient * length * slope)) {
      high = length;
    } else if (dot(to.gradient, along) < kCurvature * slope) {
      low = length;
    } else {
      return true;
    }
    length = std::isinf(high) ? 2 * low : (low + high) / 2;
  }
  return false;
}

}  // namespace

LbfgsResult minimise(const Differentiable& function, std::span<double> x, const LbfgsOptions& options) {
  Point at{Vector(x.begin(), x.end()), Vector(x.size()), 0}, next = at;
  at.value = function(at.x, at.gradient);
  std::deque<Pair> history;
  LbfgsResult result;
  while (!(result.converged = largest(at.gradient) <= options.tolerance) && result.iterations < options.iterations) {
    if (!search_line(function, at, direction(history, at.gradient), next)) {
      result.converged = true;
      break;
    }
    ++result.iterations;
    Pair pair{next.x, next.gradient, 0};
    add(pair.step, -1, at.x);
    add(pair.change, -1, at.gradient);
    pair.curvature = dot(pair.step, pair.change);
    if (pair.curvature > 0) history.push_back(std::move(pair));
    if (static_cast<std::int64_t>(history.size()) > options.history) history.pop_front();
    std::swap(at, next);
  }
  std::copy(at.x.begin(), at.x.end(), x.begin());
  result.value = at.value;
  return result;
}

}  // namespace hourglass::evaluate

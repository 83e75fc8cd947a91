// Limited-memory BFGS, one evaluation at a time: the caller computes the function and its gradient.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "compute/kernels/buffer.hpp"

namespace hourglass::compute {

struct LbfgsOptions {
  std::int64_t history = 10;      ///< number of pairs (step, gradient change) to keep, at least 1
  std::int64_t evaluations = 20;  ///< per line search, at least 1; a search that fails takes one more
};

/// The outcome of an evaluation.
enum class Advance {
  again,  ///< the variables were moved; evaluate the function and its gradient there
  done,   ///< the step is complete; the variables are at its end
  stuck   ///< no step decreases the function; the variables are the best found
};

/// Minimises a smooth function of `size` variables (Nocedal & Wright 2006, algorithm 7.4) by steps that meet the strong
/// Wolfe conditions (algorithms 3.5 and 3.6, trial lengths by cubic interpolation, equation 3.59). `Real` is float or
/// double; sums are in double precision over fixed blocks: the same bits on any number of threads. Only the constructor
/// allocates. Call start() once. Each iteration is one propose(), then an evaluation and advance(), repeated while
/// advance() returns `again`.
template <class Real>
class Lbfgs {
 public:
  Lbfgs(std::int64_t size, const LbfgsOptions& options);

  bool started() const;    ///< start() has been called, here or on the object whose state was copied
  bool searching() const;  ///< between propose() and the end of the iteration

  /// Sets `x`, with its value and gradient, as the start of the next iteration. The history is kept.
  void start(std::span<const Real> x, std::span<const Real> gradient, double value);
  /// Moves `x` from the end of the last iteration to the first trial point of the next one, `length` quasi-Newton steps
  /// away. Without history, the step is as long as the gradient, at most 1.
  void propose(std::span<Real> x, double length);
  /// Takes the value and gradient at `x`, and moves `x` if it returns `again`. A value that is not finite counts as too
  /// long a step.
  Advance advance(std::span<Real> x, std::span<const Real> gradient, double value);

  /// Returns the whole state in one span: a copy continues with the same bits.
  std::span<Real> state();

 private:
  struct Search;
  struct End;

  Search load() const;
  void store(const Search& search);
  Real* vector(std::int64_t index);
  Real* step_of(std::int64_t pair);
  Real* change_of(std::int64_t pair);

  void aim(Search& search, double length);
  void find_direction(const Search& search);
  void move(std::span<Real> x, double length);
  Advance accept(std::span<const Real> x, std::span<const Real> gradient, double value, Search& search);
  Advance give_up(std::span<Real> x, std::span<const Real> gradient, const End& at, Search& search);
  void remember(std::span<const Real> x, std::span<const Real> gradient, Search& search);

  LbfgsOptions options_;
  std::int64_t size_;
  Buffer state_;  ///< a Search, then vectors of `size`: point, gradient and direction, and the history's
  std::vector<double> factors_;
};

}  // namespace hourglass::compute

// Limited-memory BFGS, one evaluation at a time: whoever can compute a function and its gradient drives it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "compute/kernels/buffer.hpp"

namespace hourglass::compute {

struct LbfgsOptions {
  std::int64_t history = 10;      ///< pairs of steps and gradient changes that are kept, at least 1
  std::int64_t evaluations = 20;  ///< of one line search, at least 1; one more follows a search that found no end
};

/// How a step towards a minimum goes on.
enum class Advance {
  again,  ///< the variables were moved; the function and its gradient are wanted there before the step is made
  done,   ///< the step is made; the variables are its end
  stuck   ///< no step lowers the function any more; the variables are the best that were found
};

/// Minimises a smooth function of `size` variables (Nocedal & Wright 2006, algorithm 7.4) by steps that meet the strong
/// Wolfe conditions (algorithms 3.5 and 3.6, trial lengths by cubic interpolation, equation 3.59). `Real` is float or
/// double; sums are in double precision over fixed blocks: the same bits on any number of threads. Only the constructor
/// allocates. An iteration is propose(), which wants a start() once before, then an evaluation and advance() until that
/// is no longer `again`.
template <class Real>
class Lbfgs {
 public:
  Lbfgs(std::int64_t size, const LbfgsOptions& options);

  bool started() const;    ///< start() has been called, in this life or another whose state was copied
  bool searching() const;  ///< between propose() and the end of its iteration

  /// Takes `x` with its value and gradient as where the next iteration begins. The history stays.
  void start(std::span<const Real> x, std::span<const Real> gradient, double value);
  /// Moves `x`, where the last iteration ended, to the next one's first trial point, `length` quasi-Newton steps away.
  /// Without history it is as far as the gradient is long, at most 1.
  void propose(std::span<Real> x, double length);
  /// Learns value and gradient at `x`, and moves `x` when it answers `again`. A value that is not finite is a step too
  /// long.
  Advance advance(std::span<Real> x, std::span<const Real> gradient, double value);

  /// All that is remembered, in one piece: a copy goes on to the bit.
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

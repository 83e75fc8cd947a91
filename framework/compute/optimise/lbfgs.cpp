// The two-loop recursion and the line search, whose progress is stored in the state between evaluations.
#include "compute/optimise/lbfgs.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include "compute/kernels/parallel.hpp"

namespace hourglass::compute {
namespace {

constexpr double kSufficient = 1e-4, kCurvature = 0.9;  // c1 and c2 of the Wolfe conditions
/// Bytes of the state used by the line search; whole cache lines.
constexpr std::int64_t kHeader = 192;
/// Number of vectors kept in addition to the history: point, gradient, direction.
constexpr std::int64_t kOwn = 3;
constexpr std::int64_t kDotPartials = 256, kLeastBlock = 65536;

std::int64_t dot_block_of(std::int64_t size) { return std::max(kLeastBlock, (size + kDotPartials - 1) / kDotPartials); }

/// Sums term(i) for i in [0, size): in order within blocks, then over blocks.
template <class Term>
double total(std::int64_t size, const Term& term) {
  std::array<double, kDotPartials> partials{};
  const auto block = dot_block_of(size);
  parallel_blocks(size, block, [&](std::int64_t begin, std::int64_t end) {
    double sum = 0;
    for (auto i = begin; i < end; ++i) sum += term(i);
    partials[static_cast<std::size_t>(begin / block)] = sum;
  });
  double sum = 0;
  for (const double partial : partials) sum += partial;
  return sum;
}

template <class Body>
void for_all(std::int64_t size, const Body& body) {
  parallel_blocks(size, dot_block_of(size), [&](std::int64_t begin, std::int64_t end) {
    for (auto i = begin; i < end; ++i) body(i);
  });
}

template <class Real>
double dot(std::int64_t size, const Real* a, const Real* b) {
  return total(size, [=](std::int64_t i) { return static_cast<double>(a[i]) * static_cast<double>(b[i]); });
}

template <class Real>
void add(std::int64_t size, Real* to, double scale, const Real* what) {
  for_all(size, [=](std::int64_t i) {
    to[i] = static_cast<Real>(static_cast<double>(to[i]) + scale * static_cast<double>(what[i]));
  });
}

template <class Real>
double largest(std::int64_t size, const Real* values) {
  Real most = 0;
  for (std::int64_t i = 0; i < size; ++i) most = std::max(most, std::abs(values[i]));
  return static_cast<double>(most);
}

/// Returns the minimum of the cubic through the values and slopes of two ends; not finite if it has none.
template <class End>
double cubic_minimum(const End& a, const End& b) {
  const double d1 = a.slope + b.slope - 3 * (a.value - b.value) / (a.length - b.length);
  const double d2 = std::copysign(std::sqrt(d1 * d1 - a.slope * b.slope), b.length - a.length);
  return b.length - (b.length - a.length) * (b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2);
}

/// Chooses a trial length beyond `to`, where the function still decreases; the bounds are from Moré & Thuente (1994).
template <class End>
double extrapolate(const End& from, const End& to) {
  const double width = to.length - from.length, guess = cubic_minimum(from, to);
  const double least = to.length + 1.1 * width, most = to.length + 4 * width;
  return std::isfinite(guess) && guess > to.length ? std::clamp(guess, least, most) : most;
}

/// Chooses a trial length between two ends; `halve` keeps a bracket from shrinking at one end only.
template <class End>
double interpolate(const End& low, const End& high, bool halve) {
  constexpr double kMargin = 0.1;
  const double middle = (low.length + high.length) / 2;
  if (halve || !std::isfinite(high.value)) return middle;
  const double guess = cubic_minimum(low, high);
  const auto [least, most] = std::minmax(low.length, high.length);
  const double margin = kMargin * (most - least);
  return std::isfinite(guess) ? std::clamp(guess, least + margin, most - margin) : middle;
}

}  // namespace

/// Value and slope at one length along the direction.
template <class Real>
struct Lbfgs<Real>::End {
  double length = 0, value = 0, slope = 0;
};

/// The state of a line search.
template <class Real>
struct Lbfgs<Real>::Search {
  enum class Phase : std::int64_t { blank, resting, trying, confirming };

  Phase phase = Phase::blank;
  std::int64_t pairs = 0, next = 0;  ///< number of pairs kept, and the slot of the next one
  std::int64_t evaluations = 0;
  double value = 0, slope = 0;  ///< at the iteration's starting point
  double length = 0;            ///< of the trial
  double shortest = 0;          ///< smallest difference of lengths that changes a variable
  End low, high;                ///< lo and hi of Nocedal & Wright: lowest so far, and the other end of the bracket
  std::int64_t bracketed = 0;
};

template <class Real>
Lbfgs<Real>::Lbfgs(std::int64_t size, const LbfgsOptions& options)
    : options_(options),
      size_(size),
      state_((kHeader + (kOwn + 2 * options.history) * size * static_cast<std::int64_t>(sizeof(Real))) /
             static_cast<std::int64_t>(sizeof(float))),
      factors_(static_cast<std::size_t>(options.history)) {
  static_assert(sizeof(Search) <= kHeader && std::is_trivially_copyable_v<Search>);
}

template <class Real>
std::span<Real> Lbfgs<Real>::state() {
  return {reinterpret_cast<Real*>(state_.data()),
          static_cast<std::size_t>(state_.size()) * sizeof(float) / sizeof(Real)};
}

template <class Real>
typename Lbfgs<Real>::Search Lbfgs<Real>::load() const {
  Search search;
  std::memcpy(static_cast<void*>(&search), state_.data(), sizeof search);
  return search;
}

template <class Real>
void Lbfgs<Real>::store(const Search& search) {
  std::memcpy(state_.data(), &search, sizeof search);
}

template <class Real>
Real* Lbfgs<Real>::vector(std::int64_t index) {
  return state().data() + kHeader / static_cast<std::int64_t>(sizeof(Real)) + index * size_;
}

template <class Real>
Real* Lbfgs<Real>::step_of(std::int64_t pair) {
  return vector(kOwn + 2 * pair);
}

template <class Real>
Real* Lbfgs<Real>::change_of(std::int64_t pair) {
  return vector(kOwn + 2 * pair + 1);
}

template <class Real>
bool Lbfgs<Real>::started() const {
  return load().phase != Search::Phase::blank;
}

template <class Real>
bool Lbfgs<Real>::searching() const {
  return load().phase > Search::Phase::resting;
}

template <class Real>
void Lbfgs<Real>::start(std::span<const Real> x, std::span<const Real> gradient, double value) {
  auto search = load();
  search.phase = Search::Phase::resting;
  search.value = value;
  std::copy(x.begin(), x.end(), vector(0));
  std::copy(gradient.begin(), gradient.end(), vector(1));
  store(search);
}

template <class Real>
void Lbfgs<Real>::propose(std::span<Real> x, double length) {
  auto search = load();
  aim(search, length);
  move(x, search.length);
  store(search);
}

/// Chooses the direction and the first trial; if no direction descends, the trial is the point itself.
template <class Real>
void Lbfgs<Real>::aim(Search& search, double length) {
  const auto slope = [&] {
    find_direction(search);
    return dot(size_, vector(1), vector(2));
  };
  search.slope = slope();
  if (!(search.slope < 0) && search.pairs > 0) {
    search.pairs = 0;
    search.slope = slope();
  }
  const bool descends = search.slope < 0;
  search.phase = descends ? Search::Phase::trying : Search::Phase::confirming;
  search.evaluations = 0;
  search.bracketed = 0;
  search.low = {0, search.value, search.slope};
  search.length = !descends ? 0 : search.pairs == 0 ? 1 : length;
  search.shortest = !descends ? 0
                              : static_cast<double>(std::numeric_limits<Real>::epsilon()) * largest(size_, vector(0)) /
                                    largest(size_, vector(2));
}

/// Writes the negative product of the inverse Hessian's approximation and the gradient (two-loop recursion, algorithm
/// 7.4).
template <class Real>
void Lbfgs<Real>::find_direction(const Search& search) {
  Real* result = vector(2);
  const Real* gradient = vector(1);
  std::copy(gradient, gradient + size_, result);
  const auto place = [&](std::int64_t age) {  // 0: the newest
    return (search.next - 1 - age + 2 * options_.history) % options_.history;
  };
  for (std::int64_t age = 0; age < search.pairs; ++age) {
    const Real *step = step_of(place(age)), *change = change_of(place(age));
    auto& factor = factors_[static_cast<std::size_t>(age)];
    factor = dot(size_, step, result) / dot(size_, step, change);
    add(size_, result, -factor, change);
  }
  // Without history, the first step has length at most one.
  double scale = 1;
  if (search.pairs == 0) {
    scale = 1 / std::max(1.0, std::sqrt(dot(size_, gradient, gradient)));
  } else {
    const Real *step = step_of(place(0)), *change = change_of(place(0));
    scale = dot(size_, step, change) / dot(size_, change, change);
  }
  for_all(size_, [=](std::int64_t i) { result[i] = static_cast<Real>(static_cast<double>(result[i]) * scale); });
  for (std::int64_t age = search.pairs - 1; age >= 0; --age) {
    const Real *step = step_of(place(age)), *change = change_of(place(age));
    const double factor = factors_[static_cast<std::size_t>(age)];
    add(size_, result, factor - dot(size_, change, result) / dot(size_, step, change), step);
  }
  for_all(size_, [=](std::int64_t i) { result[i] = -result[i]; });
}

template <class Real>
void Lbfgs<Real>::move(std::span<Real> x, double length) {
  const Real* from = vector(0);
  std::copy(from, from + size_, x.begin());
  if (length != 0) add(size_, x.data(), length, static_cast<const Real*>(vector(2)));
}

template <class Real>
Advance Lbfgs<Real>::advance(std::span<Real> x, std::span<const Real> gradient, double value) {
  auto search = load();
  if (search.phase == Search::Phase::confirming) return accept(x, gradient, value, search);
  ++search.evaluations;
  const End at{search.length, value, dot(size_, gradient.data(), static_cast<const Real*>(vector(2)))};
  const End before = search.low;
  const bool sufficient = std::isfinite(value) && value <= search.value + kSufficient * at.length * search.slope;
  if (!sufficient || value >= search.low.value) {
    search.high = at;
    search.bracketed = 1;
  } else if (std::abs(at.slope) <= -kCurvature * search.slope) {
    return accept(x, gradient, value, search);
  } else {
    const bool past = search.bracketed ? at.slope * (search.high.length - search.low.length) >= 0 : at.slope >= 0;
    if (past) {
      search.high = search.low;
      search.bracketed = 1;
    }
    search.low = at;
  }
  const bool exhausted = search.bracketed && std::abs(search.high.length - search.low.length) <= search.shortest;
  if (exhausted || search.evaluations >= options_.evaluations) return give_up(x, gradient, at, search);
  search.length =
      search.bracketed ? interpolate(search.low, search.high, search.evaluations % 3 == 0) : extrapolate(before, at);
  move(x, search.length);
  store(search);
  return Advance::again;
}

/// Ends an iteration at `x`.
template <class Real>
Advance Lbfgs<Real>::accept(std::span<const Real> x, std::span<const Real> gradient, double value, Search& search) {
  const bool moved = search.length > 0;
  if (moved) remember(x, gradient, search);
  store(search);
  start(x, gradient, value);
  return moved ? Advance::done : Advance::stuck;
}

/// Ends a search that found no length meeting both conditions: at the lowest that meets the first; otherwise restarts
/// along the negative gradient; otherwise returns to the starting point.
template <class Real>
Advance Lbfgs<Real>::give_up(std::span<Real> x, std::span<const Real> gradient, const End& at, Search& search) {
  if (search.low.length > 0 && search.low.length == at.length) return accept(x, gradient, at.value, search);
  if (search.low.length == 0 && search.pairs > 0) {
    search.pairs = 0;
    aim(search, 1);
  } else {
    search.phase = Search::Phase::confirming;
    search.length = search.low.length;
  }
  move(x, search.length);
  store(search);
  return Advance::again;
}

/// Adds the step from the iteration's starting point to `x` to the history, unless the function is not convex along it.
template <class Real>
void Lbfgs<Real>::remember(std::span<const Real> x, std::span<const Real> gradient, Search& search) {
  const Real *from = vector(0), *old = vector(1);
  const auto moved = [&](std::int64_t i) { return static_cast<double>(x[static_cast<std::size_t>(i)] - from[i]); };
  const auto turned = [&](std::int64_t i) {
    return static_cast<double>(gradient[static_cast<std::size_t>(i)] - old[i]);
  };
  const double curvature = total(size_, [&](std::int64_t i) { return moved(i) * turned(i); });
  const double lengths = std::sqrt(total(size_, [&](std::int64_t i) { return moved(i) * moved(i); }) *
                                   total(size_, [&](std::int64_t i) { return turned(i) * turned(i); }));
  if (!(curvature > static_cast<double>(std::numeric_limits<Real>::epsilon()) * lengths)) return;
  Real *step = step_of(search.next), *change = change_of(search.next);
  for_all(size_, [&](std::int64_t i) {
    step[i] = static_cast<Real>(moved(i));
    change[i] = static_cast<Real>(turned(i));
  });
  search.next = (search.next + 1) % options_.history;
  search.pairs = std::min(search.pairs + 1, options_.history);
}

template class Lbfgs<float>;
template class Lbfgs<double>;

}  // namespace hourglass::compute

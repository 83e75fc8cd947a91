// Compares a small network on the engine with the naive reference, and the reference with finite differences.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "compute/reference.hpp"
#include "hourglass/layers.hpp"

namespace hourglass::compute::test {

/// Single precision over sums of a few hundred terms, relative to the largest element of the tensor.
inline constexpr double kFloatTolerance = 2e-5;
/// Central differences in double precision, with a step of 1e-5.
inline constexpr double kDifferenceTolerance = 1e-6;

/// A network with data: parameters, image and target are drawn at random; everything else follows.
struct Case {
  Network network{{1, 4, 5}, 3};
  Objective objective;
  std::int64_t batch = 6;
  std::uint64_t seed = 1;
  double spread = 1;  ///< parameters and images are in [-spread, spread], targets in [0, 1]
  /// Compares the reference itself with finite differences. This takes most of the time, and fails if a gradient is
  /// deliberately not the derivative of the value.
  bool differences = true;
};

/// Numbers in [low, high), the same for the same seed.
std::vector<float> draw(std::size_t count, std::uint64_t seed, double low, double high);

/// A batched tensor that depends on a parameter, so that gradients with respect to it are visible: image + offset, [N,
/// 20].
Node probe(Graph& graph);

/// Compares losses, prediction, all node values and all parameters' gradients.
void check_against_reference(Case& tested);

/// Requires |got - wanted| <= tolerance * max |wanted|, element by element.
void check_close(const std::string& what, std::span<const float> got, const Numbers& wanted, double tolerance);

/// Returns |a - b| / |b|, by Euclidean norms.
double relative_distance(std::span<const float> a, std::span<const float> b);

}  // namespace hourglass::compute::test

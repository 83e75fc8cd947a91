// Rows of norm 1, and gradients without a component along them.
#include "compute/graph/constraints.hpp"

#include <cmath>

#include "base/multiversion.hpp"
#include "compute/kernels/parallel.hpp"

namespace hourglass::compute {
namespace {

constexpr std::int64_t kRows = 16;

/// The sum of a[i] * b[i], in the same order on every machine.
HOURGLASS_MULTIVERSION double product(const float* a, const float* b, std::int64_t size) {
  constexpr std::int64_t kLanes = 16;
  float lanes[kLanes] = {};
  std::int64_t i = 0;
  for (; i + kLanes <= size; i += kLanes) {
    for (std::int64_t lane = 0; lane < kLanes; ++lane) lanes[lane] += a[i + lane] * b[i + lane];
  }
  for (std::int64_t lane = 0; i < size; ++i, ++lane) lanes[lane] += a[i] * b[i];
  double sum = 0;
  for (const float lane : lanes) sum += static_cast<double>(lane);
  return sum;
}

void normalise(float* row, std::int64_t size) {
  const double squares = product(row, row, size);
  // What overflows must not become zero: that would hide a divergence.
  if (!(squares > 0) || !std::isfinite(squares)) return;
  const auto factor = static_cast<float>(1 / std::sqrt(squares));
  for (std::int64_t i = 0; i < size; ++i) row[i] *= factor;
}

void remove_along(const float* row, float* gradient, std::int64_t size) {
  const double squares = product(row, row, size);
  if (!(squares > 0)) return;
  const auto share = static_cast<float>(product(row, gradient, size) / squares);
  for (std::int64_t i = 0; i < size; ++i) gradient[i] -= share * row[i];
}

}  // namespace

void apply_constraints(const Network& network, std::span<float> parameters) {
  for (const ParameterRecord& parameter : network.parameters()) {
    if (!parameter.unit_rows) continue;
    float* values = parameters.data() + parameter.offset;
    const std::int64_t columns = parameter.dims[1];
    parallel_blocks(parameter.dims[0], kRows, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; ++row) normalise(values + row * columns, columns);
    });
  }
}

void remove_row_gradients(const ParameterRecord& parameter, const float* values, float* gradient) {
  const std::int64_t columns = parameter.dims[1];
  parallel_blocks(parameter.dims[0], kRows, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      remove_along(values + row * columns, gradient + row * columns, columns);
    }
  });
}

}  // namespace hourglass::compute

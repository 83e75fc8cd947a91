// Rows of norm 1.
#include "compute/graph/constraints.hpp"

#include <cmath>

#include "base/multiversion.hpp"
#include "compute/kernels/parallel.hpp"

namespace hourglass::compute {
namespace {

HOURGLASS_MULTIVERSION void normalise(float* row, std::int64_t size) {
  constexpr std::int64_t kLanes = 16;
  float lanes[kLanes] = {};
  std::int64_t i = 0;
  for (; i + kLanes <= size; i += kLanes) {
    for (std::int64_t lane = 0; lane < kLanes; ++lane) lanes[lane] += row[i + lane] * row[i + lane];
  }
  for (std::int64_t lane = 0; i < size; ++i, ++lane) lanes[lane] += row[i] * row[i];
  double squares = 0;
  for (const float lane : lanes) squares += static_cast<double>(lane);
  // What overflows must not become zero: that would hide a divergence.
  if (!(squares > 0) || !std::isfinite(squares)) return;
  const auto factor = static_cast<float>(1 / std::sqrt(squares));
  for (i = 0; i < size; ++i) row[i] *= factor;
}

}  // namespace

void apply_constraints(const Network& network, std::span<float> parameters) {
  constexpr std::int64_t kRows = 16;
  for (const ParameterRecord& parameter : network.parameters()) {
    if (!parameter.unit_rows) continue;
    float* values = parameters.data() + parameter.offset;
    const std::int64_t columns = parameter.dims[1];
    parallel_blocks(parameter.dims[0], kRows, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; ++row) normalise(values + row * columns, columns);
    });
  }
}

}  // namespace hourglass::compute

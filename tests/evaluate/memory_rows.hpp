// Rows in memory, for tests.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "base/random.hpp"
#include "hourglass/task.hpp"

namespace hourglass::test {

using hourglass::MemoryRows;

inline std::vector<float> normals(std::int64_t count, std::uint64_t seed) {
  std::vector<float> values(static_cast<std::size_t>(count));
  base::PhiloxRng(seed, base::Stream::task, 0, 0).normal(values);
  return values;
}

/// Gaussian rows, whose column k has standard deviation 0.9^k before neighbouring columns are mixed.
inline MemoryRows decaying(std::int64_t rows, std::int64_t columns, std::uint64_t seed) {
  auto values = normals(rows * columns, seed);
  for (std::int64_t i = 0; i < rows * columns; ++i) {
    float scale = 1;
    for (std::int64_t k = 0; k < i % columns; ++k) scale *= 0.9F;
    values[static_cast<std::size_t>(i)] *= scale;
  }
  for (std::int64_t i = 0; i + 1 < rows * columns; ++i) {
    if ((i + 1) % columns != 0) values[static_cast<std::size_t>(i)] += 0.5F * values[static_cast<std::size_t>(i + 1)];
  }
  return {std::move(values), columns};
}

}  // namespace hourglass::test

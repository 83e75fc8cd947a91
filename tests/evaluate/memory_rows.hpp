// Rows in memory, for tests.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/random.hpp"
#include "hourglass/task.hpp"

namespace hourglass::test {

class MemoryRows final : public Rows {
 public:
  MemoryRows(std::vector<float> values, std::int64_t columns) : values_(std::move(values)), columns_(columns) {}

  std::int64_t rows() const override { return static_cast<std::int64_t>(values_.size()) / columns_; }
  std::int64_t columns() const override { return columns_; }
  void read(std::int64_t first, std::span<float> out) const override {
    std::copy_n(values_.begin() + first * columns_, out.size(), out.begin());
  }
  const std::vector<float>& values() const { return values_; }

 private:
  std::vector<float> values_;
  std::int64_t columns_;
};

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

// Blocks of fixed length, summed in lanes and then in order.
#include "compute/kernels/block_sums.hpp"

#include <algorithm>
#include <array>

#include "base/multiversion.hpp"
#include "compute/kernels/activation.hpp"
#include "compute/kernels/parallel.hpp"

namespace hourglass::compute {
namespace {

constexpr std::int64_t kLanes = 16;
constexpr std::int64_t kPartials = 256;

// Returns a block length such that at most kPartials blocks cover `count`; it depends only on `count`.
std::int64_t block_of(std::int64_t count) {
  const std::int64_t least = (count + kPartials - 1) / kPartials;
  return std::max<std::int64_t>(4096, (least + kLanes - 1) / kLanes * kLanes);
}

template <class Map>
HOURGLASS_INLINE double lanes_of(const float* values, std::int64_t count, Map map) {
  double lanes[kLanes] = {};
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (std::int64_t lane = 0; lane < kLanes; ++lane) lanes[lane] += map(static_cast<double>(values[i + lane]));
  }
  for (std::int64_t lane = 0; i < count; ++i, ++lane) lanes[lane] += map(static_cast<double>(values[i]));
  double total = 0;
  for (const double lane : lanes) total += lane;
  return total;
}

HOURGLASS_MULTIVERSION double block_sum(const float* values, std::int64_t count) {
  return lanes_of(values, count, [](double x) HOURGLASS_INLINE_LAMBDA { return x; });
}

HOURGLASS_MULTIVERSION double block_squares(const float* values, std::int64_t count) {
  return lanes_of(values, count, [](double x) HOURGLASS_INLINE_LAMBDA { return x * x; });
}

template <class Block>
double over_blocks(const float* values, std::int64_t count, Block block) {
  std::array<double, kPartials> partials{};
  const std::int64_t length = block_of(count);
  parallel_blocks(count, length, [&](std::int64_t begin, std::int64_t end) {
    partials[static_cast<std::size_t>(begin / length)] = block(values + begin, end - begin);
  });
  double total = 0;
  for (const double partial : partials) total += partial;
  return total;
}

HOURGLASS_MULTIVERSION std::uint32_t count_bad(const float* values, std::int64_t count) {
  std::uint32_t bad = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto exponent = __builtin_bit_cast(std::uint32_t, values[i]) & 0x7f800000u;
    bad += exponent == 0x7f800000u ? 1u : 0u;
  }
  return bad;
}

HOURGLASS_MULTIVERSION void column_block(const float* values, std::int64_t rows, std::int64_t columns,
                                         std::int64_t stride, float scale, float* sums, bool add) {
  float total[kColumnBlock] = {};
  for (std::int64_t row = 0; row < rows; ++row, values += stride) {
    for (std::int64_t j = 0; j < columns; ++j) total[j] += values[j];
  }
  for (std::int64_t j = 0; j < columns; ++j) sums[j] = add ? sums[j] + scale * total[j] : scale * total[j];
}

}  // namespace

double sum(const float* values, std::int64_t count) { return over_blocks(values, count, block_sum); }

double sum_of_squares(const float* values, std::int64_t count) { return over_blocks(values, count, block_squares); }

bool all_finite(const float* values, std::int64_t count) { return count_bad(values, count) == 0; }

void sum_columns(const float* values, std::int64_t rows, std::int64_t columns, float scale, float* sums, bool add) {
  parallel_blocks(columns, kColumnBlock, [&](std::int64_t begin, std::int64_t end) {
    column_block(values + begin, rows, end - begin, columns, scale, sums + begin, add);
  });
}

}  // namespace hourglass::compute

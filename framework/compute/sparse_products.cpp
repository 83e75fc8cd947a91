// Sums of rows of a matrix, held in registers over a stretch of columns.
#include "compute/sparse_products.hpp"

#include <algorithm>

#include "compute/multiversion.hpp"
#include "compute/parallel.hpp"

namespace hourglass::compute {
namespace {

// Any address will do. GCC's vector types stand for whatever registers the machine has.
constexpr std::int64_t kLanes = 16;
using Lanes __attribute__((vector_size(kLanes * 4), aligned(4), may_alias)) = float;

HOURGLASS_INLINE Lanes& lanes_at(float* values) { return *reinterpret_cast<Lanes*>(values); }
HOURGLASS_INLINE const Lanes& lanes_at(const float* values) { return *reinterpret_cast<const Lanes*>(values); }

/// Columns that are summed at a time, in lanes: as many sums as hide the latency of an addition, and few enough columns
/// for a stretch of thousands of rows to stay in a core's own cache.
constexpr std::int64_t kMostVectors = 8;

/// One row of the product: out += sum over `count` of values[i] * matrix[indices[i], :].
struct RowSum {
  const std::int32_t* indices;
  const float* values;
  std::int32_t count;
  const float* matrix;
  std::int64_t stride;
  float* out;
  const float* start;  ///< what is added to the sum: bias, `out` itself, or null
};

template <int kVectors>
HOURGLASS_INLINE void sum_lanes(const RowSum& row) {
  Lanes sums[kVectors];
  for (int v = 0; v < kVectors; ++v) sums[v] = row.start != nullptr ? lanes_at(row.start + v * kLanes) : Lanes{};
  for (std::int32_t i = 0; i < row.count; ++i) {
    const float* from = row.matrix + row.indices[i] * row.stride;
    const float value = row.values[i];
    for (int v = 0; v < kVectors; ++v) sums[v] += value * lanes_at(from + v * kLanes);
  }
  for (int v = 0; v < kVectors; ++v) lanes_at(row.out + v * kLanes) = sums[v];
}

// The last columns, fewer than kLanes.
HOURGLASS_INLINE void sum_rest(const RowSum& row, std::int64_t columns) {
  float sums[kLanes] = {};
  for (std::int64_t j = 0; j < columns; ++j) sums[j] = row.start != nullptr ? row.start[j] : 0;
  for (std::int32_t i = 0; i < row.count; ++i) {
    const float* from = row.matrix + row.indices[i] * row.stride;
    const float value = row.values[i];
    for (std::int64_t j = 0; j < columns; ++j) sums[j] += value * from[j];
  }
  for (std::int64_t j = 0; j < columns; ++j) row.out[j] = sums[j];
}

struct RowSums {
  const SparseMatrix& a;
  const float* b;
  std::int64_t width;
  const float* bias;
  float* c;
  bool add;

  HOURGLASS_INLINE RowSum at(std::int64_t row, std::int64_t column) const {
    const std::int32_t begin = a.list.begins[row];
    float* out = c + row * width + column;
    const float* start = add ? out : (bias == nullptr ? nullptr : bias + column);
    return {a.list.columns + begin, a.values + begin, a.list.begins[row + 1] - begin, b + column, width, out, start};
  }
};

template <int kVectors>
HOURGLASS_INLINE void sum_rows(const RowSums& sums, std::int64_t first_row, std::int64_t last_row,
                               std::int64_t column) {
  for (std::int64_t row = first_row; row < last_row; ++row) {
    const RowSum one = sums.at(row, column);
    if (one.count > 0 || !sums.add) sum_lanes<kVectors>(one);
  }
}

HOURGLASS_MULTIVERSION void sum_stretch(const RowSums& sums, std::int64_t first_row, std::int64_t last_row,
                                        std::int64_t column, std::int64_t columns) {
  switch (columns / kLanes) {
    case 8: sum_rows<8>(sums, first_row, last_row, column); break;
    case 7: sum_rows<7>(sums, first_row, last_row, column); break;
    case 6: sum_rows<6>(sums, first_row, last_row, column); break;
    case 5: sum_rows<5>(sums, first_row, last_row, column); break;
    case 4: sum_rows<4>(sums, first_row, last_row, column); break;
    case 3: sum_rows<3>(sums, first_row, last_row, column); break;
    case 2: sum_rows<2>(sums, first_row, last_row, column); break;
    case 1: sum_rows<1>(sums, first_row, last_row, column); break;
    default: break;
  }
  const std::int64_t rest = columns % kLanes;
  if (rest == 0) return;
  for (std::int64_t row = first_row; row < last_row; ++row) {
    const RowSum one = sums.at(row, column + columns - rest);
    if (one.count > 0 || !sums.add) sum_rest(one, rest);
  }
}

// Columns of a stretch: all stretches about equally wide.
std::int64_t stretch_of(std::int64_t width) {
  const std::int64_t most = kMostVectors * kLanes, stretches = (width + most - 1) / most;
  return ((width + stretches - 1) / stretches + kLanes - 1) / kLanes * kLanes;
}

HOURGLASS_INLINE float sum_of(const Lanes& lanes) {
  float sums[kLanes / 2];
  for (std::int64_t i = 0; i < kLanes / 2; ++i) sums[i] = lanes[i] + lanes[i + kLanes / 2];
  return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}

/// Samples whose products with one row of w are summed at a time, while that row and theirs are in the nearest cache.
constexpr std::int32_t kSamples = 16;

// dw[k] and dx[:, k] of some samples: each element of dc is read once for both.
template <int kVectors, bool kSums>
HOURGLASS_INLINE void backward_lanes(const SparseBackward& task, const std::int32_t* samples, const float* values,
                                     std::int32_t count, const float* w, float* dw, bool add, std::int64_t column,
                                     Lanes* dots) {
  Lanes sums[kVectors], weights[kVectors];
  for (int v = 0; v < kVectors; ++v) {
    if constexpr (kSums) sums[v] = add ? lanes_at(dw + column + v * kLanes) : Lanes{};
    weights[v] = lanes_at(w + column + v * kLanes);
  }
  for (std::int32_t i = 0; i < count; ++i) {
    const float* dc = task.dc + samples[i] * task.width + column;
    const float value = values[i];
    Lanes dot = dots[i];
    for (int v = 0; v < kVectors; ++v) {
      const Lanes gradient = lanes_at(dc + v * kLanes);
      if constexpr (kSums) sums[v] += value * gradient;
      dot += weights[v] * gradient;
    }
    dots[i] = dot;
  }
  if constexpr (kSums) {
    for (int v = 0; v < kVectors; ++v) lanes_at(dw + column + v * kLanes) = sums[v];
  }
}

template <bool kSums>
HOURGLASS_INLINE void backward_unit(const SparseBackward& task, std::int64_t unit) {
  const RowList& list = task.x_transposed.list;
  const float* w = task.w + unit * task.width;
  float* dw = kSums ? task.dw + unit * task.width : nullptr;
  const std::int64_t units = task.x_transposed.rows;
  bool add = task.add_dw;
  for (std::int32_t begin = list.begins[unit]; begin < list.begins[unit + 1]; begin += kSamples) {
    const std::int32_t left = list.begins[unit + 1] - begin, count = left < kSamples ? left : kSamples;
    const std::int32_t* samples = list.columns + begin;
    const float* values = task.x_transposed.values + begin;
    Lanes dots[kSamples] = {};
    std::int64_t column = 0;
    for (; column + 4 * kLanes <= task.width; column += 4 * kLanes) {
      backward_lanes<4, kSums>(task, samples, values, count, w, dw, add, column, dots);
    }
    for (; column + kLanes <= task.width; column += kLanes) {
      backward_lanes<1, kSums>(task, samples, values, count, w, dw, add, column, dots);
    }
    for (std::int32_t i = 0; i < count; ++i) {
      float dot = sum_of(dots[i]);
      const float* dc = task.dc + samples[i] * task.width;
      for (std::int64_t j = column; j < task.width; ++j) dot += w[j] * dc[j];
      float& dx = task.dx[samples[i] * units + unit];
      dx = task.add_dx ? dx + dot : dot;
    }
    if constexpr (kSums) {
      sum_rest({samples, values, count, task.dc + column, task.width, dw + column, add ? dw + column : nullptr},
               task.width - column);
    }
    add = true;
  }
  if constexpr (kSums) {
    if (add) return;
    for (std::int64_t j = 0; j < task.width; ++j) dw[j] = 0;
  }
}

HOURGLASS_MULTIVERSION void backward_units(const SparseBackward& task, std::int64_t first, std::int64_t last) {
  if (task.dw != nullptr) {
    for (std::int64_t unit = first; unit < last; ++unit) backward_unit<true>(task, unit);
  } else {
    for (std::int64_t unit = first; unit < last; ++unit) backward_unit<false>(task, unit);
  }
}

}  // namespace

void gather_listed(const float* dense, std::int64_t columns, std::int64_t rows, const RowList& list, float* values) {
  constexpr std::int64_t kRows = 16;
  parallel_blocks(rows, kRows, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const float* from = dense + row * columns;
      for (std::int32_t i = list.begins[row]; i < list.begins[row + 1]; ++i) values[i] = from[list.columns[i]];
    }
  });
}

void multiply_sparse(const SparseMatrix& a, const float* b, std::int64_t width, const float* bias, float* c, bool add) {
  // By stretches of columns, so that what is read of b stays in cache, and by parts of the rows, so that threads end
  // together.
  constexpr std::int64_t kParts = 4;
  const std::int64_t stretch = stretch_of(width), part = (a.rows + kParts - 1) / kParts;
  const std::int64_t stretches = (width + stretch - 1) / stretch;
  const RowSums sums{a, b, width, bias, c, add};
  parallel_blocks(stretches * kParts, 1, [&](std::int64_t task, std::int64_t) {
    const std::int64_t column = task / kParts * stretch, first = std::min(a.rows, task % kParts * part);
    sum_stretch(sums, first, std::min(a.rows, first + part), column, std::min(stretch, width - column));
  });
}

void backward_of_sparse(const SparseBackward& task) {
  constexpr std::int64_t kUnits = 16;
  parallel_blocks(task.x_transposed.rows, kUnits,
                  [&](std::int64_t begin, std::int64_t end) { backward_units(task, begin, end); });
}

}  // namespace hourglass::compute

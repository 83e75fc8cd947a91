// Sums of rows of a matrix, held in registers over a stretch of columns.
#include "compute/ops/sparse_products.hpp"

#include <algorithm>

#include "compute/kernels/lanes.hpp"
#include "compute/kernels/parallel.hpp"

namespace hourglass::compute {
namespace {

// As many lanes as a register has: 16 lanes take twice as long in registers of 8, and far longer if the vector type is
// wider than a register (measured on AVX2: 8 times).
constexpr int kNarrow = static_cast<int>(kLanes), kWide = 16;

/// Number of column vectors that are summed at a time: enough to hide the latency of an addition, few enough for the
/// registers, and for a stretch of thousands of rows to stay in a core's own cache.
template <int kCount>
constexpr int kMostVectors = kCount == kWide ? 8 : 12;

/// Floats per cache line.
constexpr std::int64_t kCacheLine = 16;

/// Rows that will be written soon and are not in cache are prefetched: waiting for each would take longer than its sum.
constexpr std::int64_t kAhead = 3;

HOURGLASS_INLINE void fetch_to_write(const float* values, std::int64_t count) {
  for (std::int64_t i = 0; i < count; i += kCacheLine) __builtin_prefetch(values + i, 1);
}
HOURGLASS_INLINE void fetch_to_read(const float* values, std::int64_t count) {
  for (std::int64_t i = 0; i < count; i += kCacheLine) __builtin_prefetch(values + i);
}

// --- sums of rows -------------------------------------------------------------------------------------------------

/// One row of the product: out = start + sum over `count` of values[i] * matrix[indices[i], :].
struct RowSum {
  const std::int32_t* indices;
  const float* values;
  std::int32_t count;
  const float* matrix;
  std::int64_t stride;
  float* out;
  const float* start;  ///< bias, `out` itself, or null
};

template <int kCount, int kVectors>
HOURGLASS_INLINE void sum_vectors(const RowSum& row) {
  Vector<kCount> sums[kVectors];
  for (int v = 0; v < kVectors; ++v) {
    sums[v] = row.start != nullptr ? vector_at<kCount>(row.start + v * kCount) : Vector<kCount>{};
  }
  for (std::int32_t i = 0; i < row.count; ++i) {
    const float* from = row.matrix + row.indices[i] * row.stride;
    const float value = row.values[i];
    for (int v = 0; v < kVectors; ++v) sums[v] += value * vector_at<kCount>(from + v * kCount);
  }
  for (int v = 0; v < kVectors; ++v) vector_at<kCount>(row.out + v * kCount) = sums[v];
}

// The last columns, fewer than kCount.
template <int kCount>
HOURGLASS_INLINE void sum_rest(const RowSum& row, std::int64_t columns) {
  float sums[kCount] = {};
  for (std::int64_t j = 0; j < columns; ++j) sums[j] = row.start != nullptr ? row.start[j] : 0;
  for (std::int32_t i = 0; i < row.count; ++i) {
    const float* from = row.matrix + row.indices[i] * row.stride;
    const float value = row.values[i];
    for (std::int64_t j = 0; j < columns; ++j) sums[j] += value * from[j];
  }
  for (std::int64_t j = 0; j < columns; ++j) row.out[j] = sums[j];
}

/// Rows [first, last) of a product, columns [column, column + columns).
struct OutputStretch {
  const SparseMatrix& a;
  const float* b;
  std::int64_t width;
  const float* bias;
  float* c;
  bool add;
  std::int64_t first, last, column, columns;

  HOURGLASS_INLINE RowSum row(std::int64_t row, std::int64_t at_column) const {
    const std::int32_t begin = a.list.begins[row];
    float* out = c + row * width + at_column;
    const float* start = add ? out : (bias == nullptr ? nullptr : bias + at_column);
    return {a.list.columns + begin, a.values + begin, a.list.begins[row + 1] - begin, b + at_column, width, out, start};
  }
};

template <int kCount, int kVectors>
HOURGLASS_INLINE void sum_listed_rows(const OutputStretch& stretch, std::int64_t vectors) {
  if (vectors != kVectors) {
    if constexpr (kVectors > 1) sum_listed_rows<kCount, kVectors - 1>(stretch, vectors);
    return;
  }
  for (std::int64_t row = stretch.first; row < stretch.last; ++row) {
    const std::int64_t soon = row + kAhead < stretch.last ? row + kAhead : row;
    fetch_to_write(stretch.c + soon * stretch.width + stretch.column, kVectors * kCount);
    const RowSum one = stretch.row(row, stretch.column);
    if (one.count > 0 || !stretch.add) sum_vectors<kCount, kVectors>(one);
  }
}

template <int kCount>
HOURGLASS_INLINE void sum_stretch(const OutputStretch& stretch) {
  sum_listed_rows<kCount, kMostVectors<kCount>>(stretch, stretch.columns / kCount);
  const std::int64_t rest = stretch.columns % kCount;
  if (rest == 0) return;
  for (std::int64_t row = stretch.first; row < stretch.last; ++row) {
    const RowSum one = stretch.row(row, stretch.column + stretch.columns - rest);
    if (one.count > 0 || !stretch.add) sum_rest<kCount>(one, rest);
  }
}

void sum_narrow(const OutputStretch& stretch) { sum_stretch<kNarrow>(stretch); }
HOURGLASS_WIDE void sum_wide(const OutputStretch& stretch) { sum_stretch<kWide>(stretch); }

// Returns the number of columns per stretch, such that all stretches are about equally wide.
std::int64_t stretch_of(std::int64_t width, std::int64_t count, std::int64_t most_vectors) {
  const std::int64_t most = most_vectors * count, stretches = (width + most - 1) / most;
  return ((width + stretches - 1) / stretches + count - 1) / count * count;
}

// --- both gradients -----------------------------------------------------------------------------------------------

template <int kCount>
HOURGLASS_INLINE float sum_listed(const Vector<kCount>& lanes) {
  using Half = Vector<kCount / 2>;
  const auto* values = reinterpret_cast<const float*>(&lanes);
  const Half half = vector_at<kCount / 2>(values) + vector_at<kCount / 2>(values + kCount / 2);
  if constexpr (kCount > 4) {
    return sum_listed<kCount / 2>(half);
  } else {
    return half[0] + half[1];
  }
}

/// Number of samples whose products with one row of w are summed at a time, while that row and theirs are in the L1
/// cache.
constexpr std::int32_t kSamples = 16;
/// Number of column vectors of w and of dw held in registers meanwhile.
constexpr int kListTile = 6;

/// The elements that connect one unit with some samples.
struct UnitSamples {
  const std::int32_t* samples;
  const float* values;
  std::int32_t count;
  const float* w;  ///< [width], as dw
  float* dw;
  bool add;
};

// Computes a tile of dw, and of the samples' products with w: each element of dc is read once for both.
template <int kCount, int kVectors, bool kSums>
HOURGLASS_INLINE void backward_tile(const SparseBackward& task, const UnitSamples& unit, std::int64_t column,
                                    Vector<kCount>* dots) {
  Vector<kCount> sums[kVectors], weights[kVectors];
  for (int v = 0; v < kVectors; ++v) {
    if constexpr (kSums) sums[v] = unit.add ? vector_at<kCount>(unit.dw + column + v * kCount) : Vector<kCount>{};
    weights[v] = vector_at<kCount>(unit.w + column + v * kCount);
  }
  for (std::int32_t i = 0; i < unit.count; ++i) {
    const float* dc = task.dc + unit.samples[i] * task.width + column;
    const float value = unit.values[i];
    Vector<kCount> dot = dots[i];
    for (int v = 0; v < kVectors; ++v) {
      const Vector<kCount> gradient = vector_at<kCount>(dc + v * kCount);
      if constexpr (kSums) sums[v] += value * gradient;
      dot += weights[v] * gradient;
    }
    dots[i] = dot;
  }
  if constexpr (kSums) {
    for (int v = 0; v < kVectors; ++v) vector_at<kCount>(unit.dw + column + v * kCount) = sums[v];
  }
}

template <int kCount, bool kSums>
HOURGLASS_INLINE void backward_samples(const SparseBackward& task, const UnitSamples& unit, std::int64_t next,
                                       float* dx, std::int64_t units) {
  Vector<kCount> dots[kSamples];
  for (std::int32_t i = 0; i < unit.count; ++i) dots[i] = Vector<kCount>{};
  std::int64_t column = 0;
  for (; column + kListTile * kCount <= task.width; column += kListTile * kCount) {
    if constexpr (kSums) fetch_to_write(task.dw + next + column, kListTile * kCount);
    fetch_to_read(task.w + next + column, kListTile * kCount);
    backward_tile<kCount, kListTile, kSums>(task, unit, column, dots);
  }
  for (; column + kCount <= task.width; column += kCount) backward_tile<kCount, 1, kSums>(task, unit, column, dots);
  for (std::int32_t i = 0; i < unit.count; ++i) {
    float dot = sum_listed<kCount>(dots[i]);
    const float* dc = task.dc + unit.samples[i] * task.width;
    for (std::int64_t j = column; j < task.width; ++j) dot += unit.w[j] * dc[j];
    float& to = dx[unit.samples[i] * units];
    to = task.add_dx ? to + dot : dot;
  }
  if constexpr (kSums) {
    float* dw = unit.dw + column;
    sum_rest<kCount>({unit.samples, unit.values, unit.count, task.dc + column, task.width, dw, unit.add ? dw : nullptr},
                     task.width - column);
  }
}

template <int kCount, bool kSums>
HOURGLASS_INLINE void backward_unit(const SparseBackward& task, std::int64_t unit) {
  const RowList& list = task.x_transposed.list;
  const std::int64_t units = task.x_transposed.rows, next = (unit + 1 < units ? unit + 1 : unit) * task.width;
  UnitSamples some{.samples = nullptr,
                   .values = nullptr,
                   .count = 0,
                   .w = task.w + unit * task.width,
                   .dw = kSums ? task.dw + unit * task.width : nullptr,
                   .add = task.add_dw};
  for (std::int32_t begin = list.begins[unit]; begin < list.begins[unit + 1]; begin += kSamples) {
    const std::int32_t left = list.begins[unit + 1] - begin;
    some.samples = list.columns + begin;
    some.values = task.x_transposed.values + begin;
    some.count = left < kSamples ? left : kSamples;
    backward_samples<kCount, kSums>(task, some, next, task.dx + unit, units);
    some.add = true;
  }
  if constexpr (kSums) {
    if (some.add) return;
    for (std::int64_t j = 0; j < task.width; ++j) some.dw[j] = 0;
  }
}

template <int kCount>
HOURGLASS_INLINE void backward_units(const SparseBackward& task, std::int64_t first, std::int64_t last) {
  if (task.dw != nullptr) {
    for (std::int64_t unit = first; unit < last; ++unit) backward_unit<kCount, true>(task, unit);
  } else {
    for (std::int64_t unit = first; unit < last; ++unit) backward_unit<kCount, false>(task, unit);
  }
}

void backward_narrow(const SparseBackward& task, std::int64_t first, std::int64_t last) {
  backward_units<kNarrow>(task, first, last);
}
HOURGLASS_WIDE void backward_wide(const SparseBackward& task, std::int64_t first, std::int64_t last) {
  backward_units<kWide>(task, first, last);
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
  // Splits by stretches of columns, so that the part of b that is read stays in cache, and by parts of the rows, so
  // that threads finish at about the same time.
  constexpr std::int64_t kParts = 4;
  const bool wide = widest_lanes() == kWide;
  const std::int64_t columns =
      wide ? stretch_of(width, kWide, kMostVectors<kWide>) : stretch_of(width, kNarrow, kMostVectors<kNarrow>);
  const std::int64_t stretches = (width + columns - 1) / columns, part = (a.rows + kParts - 1) / kParts;
  parallel_blocks(stretches * kParts, 1, [&](std::int64_t task, std::int64_t) {
    const std::int64_t column = task / kParts * columns, first = std::min(a.rows, task % kParts * part);
    const OutputStretch stretch{.a = a,
                                .b = b,
                                .width = width,
                                .bias = bias,
                                .c = c,
                                .add = add,
                                .first = first,
                                .last = std::min(a.rows, first + part),
                                .column = column,
                                .columns = std::min(columns, width - column)};
    wide ? sum_wide(stretch) : sum_narrow(stretch);
  });
}

void backward_of_sparse(const SparseBackward& task) {
  constexpr std::int64_t kUnits = 16;
  const bool wide = widest_lanes() == kWide;
  parallel_blocks(task.x_transposed.rows, kUnits, [&](std::int64_t begin, std::int64_t end) {
    wide ? backward_wide(task, begin, end) : backward_narrow(task, begin, end);
  });
}

}  // namespace hourglass::compute

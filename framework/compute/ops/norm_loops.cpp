// Processes one register of columns at a time, with several independent sums for each.
#include "compute/ops/norm_loops.hpp"

#include "compute/kernels/lanes.hpp"

namespace hourglass::compute {
namespace {

constexpr int kChains = 4;  // additions in flight, equal to the latency of one in cycles

// body(row, column) -> the row's contribution to the column's sum; body.lanes for kLanes columns at once.
template <class Body>
HOURGLASS_INLINE void sum_rows(std::int64_t rows, std::int64_t columns, float* sums, const Body& body) {
  if (columns < kLanes) {
    for (std::int64_t c = 0; c < columns; ++c) {
      float sum = 0;
      for (std::int64_t row = 0; row < rows; ++row) sum += body.one(row * columns + c, c);
      sums[c] = sum;
    }
    return;
  }
  in_lanes(columns, [&](std::int64_t c) HOURGLASS_INLINE_LAMBDA {
    FloatLanes chains[kChains] = {};
    std::int64_t row = 0;
    for (; row + kChains <= rows; row += kChains) {
      for (int chain = 0; chain < kChains; ++chain) body.lanes((row + chain) * columns + c, c, chains[chain]);
    }
    for (; row < rows; ++row) body.lanes(row * columns + c, c, chains[0]);
    lanes_at(sums + c) = (chains[0] + chains[1]) + (chains[2] + chains[3]);
  });
}

struct Values {
  const float* x;

  HOURGLASS_INLINE float one(std::int64_t i, std::int64_t) const { return x[i]; }
  HOURGLASS_INLINE void lanes(std::int64_t i, std::int64_t, FloatLanes& sum) const { sum += lanes_at(x + i); }
};

struct Squares {
  const float *x, *mean;

  HOURGLASS_INLINE float one(std::int64_t i, std::int64_t c) const { return (x[i] - mean[c]) * (x[i] - mean[c]); }
  HOURGLASS_INLINE void lanes(std::int64_t i, std::int64_t c, FloatLanes& sum) const {
    const FloatLanes centred = lanes_at(x + i) - lanes_at(mean + c);
    sum += centred * centred;
  }
};

}  // namespace

HOURGLASS_MULTIVERSION void column_sums(const float* x, std::int64_t rows, std::int64_t columns, float* sums) {
  sum_rows(rows, columns, sums, Values{x});
}

HOURGLASS_MULTIVERSION void column_squares(const float* x, const float* mean, std::int64_t rows, std::int64_t columns,
                                           float* sums) {
  sum_rows(rows, columns, sums, Squares{x, mean});
}

HOURGLASS_MULTIVERSION void column_gradients(const float* x, const float* mean, const float* dy, std::int64_t rows,
                                             std::int64_t columns, float* sums, float* products) {
  if (columns < kLanes) {
    for (std::int64_t c = 0; c < columns; ++c) {
      sums[c] = products[c] = 0;
      for (std::int64_t i = c; i < rows * columns; i += columns) {
        sums[c] += dy[i];
        products[c] += dy[i] * (x[i] - mean[c]);
      }
    }
    return;
  }
  in_lanes(columns, [&](std::int64_t c) HOURGLASS_INLINE_LAMBDA {
    FloatLanes sum[kChains] = {}, product[kChains] = {};
    const FloatLanes middle = lanes_at(mean + c);
    const auto add = [&](std::int64_t row, int chain) HOURGLASS_INLINE_LAMBDA {
      const FloatLanes gradient = lanes_at(dy + row * columns + c);
      sum[chain] += gradient;
      product[chain] += gradient * (lanes_at(x + row * columns + c) - middle);
    };
    std::int64_t row = 0;
    for (; row + kChains <= rows; row += kChains) {
      for (int chain = 0; chain < kChains; ++chain) add(row + chain, chain);
    }
    for (; row < rows; ++row) add(row, 0);
    lanes_at(sums + c) = (sum[0] + sum[1]) + (sum[2] + sum[3]);
    lanes_at(products + c) = (product[0] + product[1]) + (product[2] + product[3]);
  });
}

HOURGLASS_MULTIVERSION void normalise_columns(const float* x, const float* mean, const float* factor,
                                              const float* shift, float* y, std::int64_t rows, std::int64_t columns) {
  for (std::int64_t row = 0; row < rows; ++row, x += columns, y += columns) {
#pragma GCC ivdep
    for (std::int64_t c = 0; c < columns; ++c) y[c] = (x[c] - mean[c]) * factor[c] + shift[c];
  }
}

HOURGLASS_MULTIVERSION void normalise_columns_backward(const float* x, const float* mean, const float* dy,
                                                       const float* factor, const float* slope, const float* shift,
                                                       float* dx, std::int64_t rows, std::int64_t columns, bool add) {
  for (std::int64_t row = 0; row < rows; ++row, x += columns, dy += columns, dx += columns) {
    if (add) {
#pragma GCC ivdep
      for (std::int64_t c = 0; c < columns; ++c) dx[c] += dy[c] * factor[c] + (x[c] - mean[c]) * slope[c] + shift[c];
    } else {
#pragma GCC ivdep
      for (std::int64_t c = 0; c < columns; ++c) dx[c] = dy[c] * factor[c] + (x[c] - mean[c]) * slope[c] + shift[c];
    }
  }
}

std::int64_t rows_together(std::int64_t rows, std::int64_t columns) {
  constexpr std::int64_t kWide = 64;
  for (std::int64_t count = kWide / columns; count > 1; --count) {
    if (rows % count == 0) return count;
  }
  return 1;
}

}  // namespace hourglass::compute

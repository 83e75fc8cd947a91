// Transforms are sums with signs known at compile time; products are register tiles.
#include "compute/ops/conv/conv_winograd_loops.hpp"

#include "compute/kernels/lanes.hpp"

namespace hourglass::compute {
namespace {

// Calls use(tables) with the tables of the stride.
template <class Use>
HOURGLASS_INLINE void with_tables(int stride, const Use& use) {
  stride == 1 ? use(kStride1) : use(kStride2);
}

#define HOURGLASS_UNROLL _Pragma("GCC unroll 8")

// Not a template parameter for the vector's type: as a template argument it would lose its alignment of 4.
template <int kLanes>
HOURGLASS_INLINE void add_signed(int sign, const Vector<kLanes>& term, bool& begun, Vector<kLanes>& sum) {
  if (sign == 0) return;
  if (begun) {
    sum = sign > 0 ? sum + term : sum - term;
  } else {
    sum = sign > 0 ? term : -term;
  }
  begun = true;
}

// Pixels [X, X] to products [P, P]: table * pixels * table^T.
template <int kLanes, int kP, int kX>
HOURGLASS_INLINE void expand(const signed char (&table)[kP][kX], const float* pixels, std::int64_t pitch,
                             std::int64_t step, float* products, const std::int32_t* rows, std::int64_t channels) {
  using Lane = Vector<kLanes>;
  Lane half[kP][kX];
  HOURGLASS_UNROLL for (int j = 0; j < kX; ++j) {
    Lane column[kX];
    HOURGLASS_UNROLL for (int i = 0; i < kX; ++i) column[i] = vector_at<kLanes>(pixels + i * pitch + j * step);
    HOURGLASS_UNROLL for (int p = 0; p < kP; ++p) {
      Lane sum{};
      bool begun = false;
      HOURGLASS_UNROLL for (int i = 0; i < kX; ++i) add_signed<kLanes>(table[p][i], column[i], begun, sum);
      half[p][j] = sum;
    }
  }
  HOURGLASS_UNROLL for (int p = 0; p < kP; ++p) {
    HOURGLASS_UNROLL for (int q = 0; q < kP; ++q) {
      Lane sum{};
      bool begun = false;
      HOURGLASS_UNROLL for (int j = 0; j < kX; ++j) add_signed<kLanes>(table[q][j], half[p][j], begun, sum);
      vector_at<kLanes>(products + rows[p * kP + q] * channels) = sum;
    }
  }
}

// Products [P, P] to pixels [X, X]: table^T * products * table, passed to put(pixel, sum).
template <int kLanes, int kP, int kX, class Put>
HOURGLASS_INLINE void collapse(const signed char (&table)[kP][kX], const float* products, const std::int32_t* rows,
                               std::int64_t channels, float* pixels, std::int64_t pitch, std::int64_t step,
                               const Put& put) {
  using Lane = Vector<kLanes>;
  Lane half[kX][kP];
  HOURGLASS_UNROLL for (int q = 0; q < kP; ++q) {
    Lane column[kP];
    HOURGLASS_UNROLL for (int p = 0; p < kP; ++p) {
      column[p] = vector_at<kLanes>(products + rows[p * kP + q] * channels);
    }
    HOURGLASS_UNROLL for (int i = 0; i < kX; ++i) {
      Lane sum{};
      bool begun = false;
      HOURGLASS_UNROLL for (int p = 0; p < kP; ++p) add_signed<kLanes>(table[p][i], column[p], begun, sum);
      half[i][q] = sum;
    }
  }
  HOURGLASS_UNROLL for (int i = 0; i < kX; ++i) {
    HOURGLASS_UNROLL for (int j = 0; j < kX; ++j) {
      Lane sum{};
      bool begun = false;
      HOURGLASS_UNROLL for (int q = 0; q < kP; ++q) add_signed<kLanes>(table[q][j], half[i][q], begun, sum);
      put(vector_at<kLanes>(pixels + i * pitch + j * step), sum);
    }
  }
}

// Calls tile(first pixel, rows of its products) for each tile and each vector of channels.
template <int kLanes, class Tile>
HOURGLASS_INLINE void for_each_tile(const TileGrid& grid, std::int64_t step, std::int64_t products, const Tile& tile) {
  const std::int32_t* rows = grid.product_rows;
  for (std::int64_t i = 0; i < grid.rows; ++i) {
    for (std::int64_t j = 0; j < grid.columns; ++j, rows += products) {
      const std::int64_t first = (i * grid.pitch + j) * step * grid.channels;
      for (std::int64_t v = 0; v < grid.channels; v += kLanes) tile(first + v, rows, v);
    }
  }
}

template <int kLanes, int kP, int kX>
HOURGLASS_INLINE void expand_all(const signed char (&table)[kP][kX], std::int64_t step, const TileGrid& grid,
                                 const float* plane, float* products) {
  for_each_tile<kLanes>(grid, step, kP * kP,
                        [&](std::int64_t first, const std::int32_t* rows, std::int64_t v) HOURGLASS_INLINE_LAMBDA {
                          expand<kLanes>(table, plane + first, grid.pitch * grid.channels, grid.channels, products + v,
                                         rows, grid.channels);
                        });
}

template <int kLanes, int kP, int kX>
HOURGLASS_INLINE void add_all(const signed char (&table)[kP][kX], std::int64_t step, const TileGrid& grid,
                              const float* products, float* plane) {
  for_each_tile<kLanes>(
      grid, step, kP * kP, [&](std::int64_t first, const std::int32_t* rows, std::int64_t v) HOURGLASS_INLINE_LAMBDA {
        collapse<kLanes>(
            table, products + v, rows, grid.channels, plane + first, grid.pitch * grid.channels, grid.channels,
            [](Vector<kLanes>& pixel, const Vector<kLanes>& sum) HOURGLASS_INLINE_LAMBDA { pixel = pixel + sum; });
      });
}

template <int kLanes, int kP, int kX>
HOURGLASS_INLINE void write_all(const signed char (&table)[kP][kX], std::int64_t step, const TileGrid& grid,
                                const float* products, const float* bias, float* plane) {
  for_each_tile<kLanes>(
      grid, step, kP * kP, [&](std::int64_t first, const std::int32_t* rows, std::int64_t v) HOURGLASS_INLINE_LAMBDA {
        const Vector<kLanes> offset = bias == nullptr ? Vector<kLanes>{} : vector_at<kLanes>(bias + v);
        collapse<kLanes>(
            table, products + v, rows, grid.channels, plane + first, grid.pitch * grid.channels, grid.channels,
            [&](Vector<kLanes>& pixel, const Vector<kLanes>& sum) HOURGLASS_INLINE_LAMBDA { pixel = sum + offset; });
      });
}

// --- weights --------------------------------------------------------------------------------------------------------

constexpr int kTileColumns = 16;  // at a time
constexpr int kKernel = 3;

// Taps [3, 3] to products [P, P]: table * taps * table^T, for `kTileColumns` adjacent columns.
template <int kP>
HOURGLASS_INLINE void transform_weights(const float (&table)[kP][kKernel], const WeightRow& row, const float* weight,
                                        float* products) {
  for (std::int64_t first = 0; first < row.columns; first += kTileColumns) {
    float taps[kKernel * kKernel][kTileColumns], half[kP][kKernel][kTileColumns] = {};
    for (int c = 0; c < kTileColumns; ++c) {
      for (int tap = 0; tap < kKernel * kKernel; ++tap) taps[tap][c] = weight[(first + c) * row.column_step + tap];
    }
    for (int p = 0; p < kP; ++p) {
      for (int r = 0; r < kKernel; ++r) {
        for (int s = 0; s < kKernel; ++s) {
          for (int c = 0; c < kTileColumns; ++c) half[p][s][c] += table[p][r] * taps[r * kKernel + s][c];
        }
      }
    }
    for (int p = 0; p < kP; ++p) {
      for (int q = 0; q < kP; ++q) {
        float* const to = products + (p * kP + q) * row.product_step + first;
        for (int c = 0; c < kTileColumns; ++c) {
          float sum = 0;
          for (int s = 0; s < kKernel; ++s) sum += table[q][s] * half[p][s][c];
          to[c] = sum;
        }
      }
    }
  }
}

// Products [P, P] to taps [3, 3]: table^T * products * table.
template <int kP>
HOURGLASS_INLINE void transform_back(const float (&table)[kP][kKernel], const WeightRow& row, const float* products,
                                     float* weight, bool add) {
  for (std::int64_t first = 0; first < row.columns; first += kTileColumns) {
    float half[kKernel][kP][kTileColumns] = {};
    for (int p = 0; p < kP; ++p) {
      for (int q = 0; q < kP; ++q) {
        const float* const from = products + (p * kP + q) * row.product_step + first;
        for (int r = 0; r < kKernel; ++r) {
          for (int c = 0; c < kTileColumns; ++c) half[r][q][c] += table[p][r] * from[c];
        }
      }
    }
    for (int r = 0; r < kKernel; ++r) {
      for (int s = 0; s < kKernel; ++s) {
        float sums[kTileColumns] = {};
        for (int q = 0; q < kP; ++q) {
          for (int c = 0; c < kTileColumns; ++c) sums[c] += table[q][s] * half[r][q][c];
        }
        for (int c = 0; c < kTileColumns; ++c) {
          float& tap = weight[(first + c) * row.column_step + r * kKernel + s];
          tap = add ? tap + sums[c] : sums[c];
        }
      }
    }
  }
}

// --- products -------------------------------------------------------------------------------------------------------

constexpr std::int64_t kLineFloats = 16;

template <int kLanes, int kRows, int kVectors>
HOURGLASS_INLINE void multiply_tile(const SmallProduct& product, const float* a, const float* b, float* c,
                                    const float* ahead, std::int64_t lines) {
  Vector<kLanes> sums[kRows][kVectors];
  for (int i = 0; i < kRows; ++i) {
    for (int v = 0; v < kVectors; ++v) {
      sums[i][v] = product.add ? vector_at<kLanes>(c + i * product.n + v * kLanes) : Vector<kLanes>{};
    }
  }
  for (std::int64_t k = 0; k < product.k; ++k, a += product.column, b += product.n) {
    if (k < lines) __builtin_prefetch(ahead + k * kLineFloats, 0, 2);
    Vector<kLanes> factor[kVectors];
    for (int v = 0; v < kVectors; ++v) factor[v] = vector_at<kLanes>(b + v * kLanes);
    for (int i = 0; i < kRows; ++i) {
      for (int v = 0; v < kVectors; ++v) sums[i][v] += a[i * product.row] * factor[v];
    }
  }
  for (int i = 0; i < kRows; ++i) {
    for (int v = 0; v < kVectors; ++v) vector_at<kLanes>(c + i * product.n + v * kLanes) = sums[i][v];
  }
}

template <int kLanes, int kVectors>
HOURGLASS_INLINE void multiply_columns(const SmallProduct& product, const float* a, const float* b, float* c) {
  constexpr int kMost = kLanes == 16 ? 8 : 5;
  const float* ahead = product.ahead;
  std::int64_t lines = product.ahead_lines;
  for (std::int64_t first = 0, left = (product.m + kMost - 1) / kMost; left > 0; --left) {
    const std::int64_t now = (lines + left - 1) / left;
    const std::int64_t rows = (product.m - first + left - 1) / left;
    const float* from = a + first * product.row;
    float* to = c + first * product.n;
    switch (rows) {
      case 8:
        if constexpr (kMost >= 8) multiply_tile<kLanes, 8, kVectors>(product, from, b, to, ahead, now);
        break;
      case 7:
        if constexpr (kMost >= 7) multiply_tile<kLanes, 7, kVectors>(product, from, b, to, ahead, now);
        break;
      case 6:
        if constexpr (kMost >= 6) multiply_tile<kLanes, 6, kVectors>(product, from, b, to, ahead, now);
        break;
      case 5: multiply_tile<kLanes, 5, kVectors>(product, from, b, to, ahead, now); break;
      case 4: multiply_tile<kLanes, 4, kVectors>(product, from, b, to, ahead, now); break;
      case 3: multiply_tile<kLanes, 3, kVectors>(product, from, b, to, ahead, now); break;
      case 2: multiply_tile<kLanes, 2, kVectors>(product, from, b, to, ahead, now); break;
      default: multiply_tile<kLanes, 1, kVectors>(product, from, b, to, ahead, now);
    }
    first += rows;
    lines -= now;
    ahead += now * kLineFloats;
  }
}

template <int kLanes>
HOURGLASS_INLINE void multiply_all(const SmallProduct& product, const float* a, const float* b, float* c) {
  std::int64_t column = 0;
  for (; column + 2 * kLanes <= product.n; column += 2 * kLanes) {
    multiply_columns<kLanes, 2>(product, a, b + column, c + column);
  }
  if (column < product.n) multiply_columns<kLanes, 1>(product, a, b + column, c + column);
}

// --- for registers of 16 floats, and of fewer ----------------------------------------------------------------------

HOURGLASS_WIDE void multiply_wide(const SmallProduct& product, const float* a, const float* b, float* c) {
  multiply_all<16>(product, a, b, c);
}
void multiply_narrow(const SmallProduct& product, const float* a, const float* b, float* c) {
  multiply_all<8>(product, a, b, c);
}

HOURGLASS_WIDE void image_products_wide(int stride, const TileGrid& grid, const float* plane, float* products) {
  with_tables(stride, [&](const auto& tables) HOURGLASS_INLINE_LAMBDA {
    expand_all<16>(tables.image, tables.kStep, grid, plane, products);
  });
}
void image_products_narrow(int stride, const TileGrid& grid, const float* plane, float* products) {
  with_tables(stride, [&](const auto& tables) HOURGLASS_INLINE_LAMBDA {
    expand_all<8>(tables.image, tables.kStep, grid, plane, products);
  });
}

HOURGLASS_WIDE void map_products_wide(int stride, const TileGrid& grid, const float* plane, float* products) {
  with_tables(stride, [&](const auto& tables) HOURGLASS_INLINE_LAMBDA {
    expand_all<16>(tables.map, tables.kMapPixels, grid, plane, products);
  });
}
void map_products_narrow(int stride, const TileGrid& grid, const float* plane, float* products) {
  with_tables(stride, [&](const auto& tables) HOURGLASS_INLINE_LAMBDA {
    expand_all<8>(tables.map, tables.kMapPixels, grid, plane, products);
  });
}

HOURGLASS_WIDE void add_to_image_wide(int stride, const TileGrid& grid, const float* products, float* plane) {
  with_tables(stride, [&](const auto& tables)
                          HOURGLASS_INLINE_LAMBDA { add_all<16>(tables.image, tables.kStep, grid, products, plane); });
}
void add_to_image_narrow(int stride, const TileGrid& grid, const float* products, float* plane) {
  with_tables(stride, [&](const auto& tables)
                          HOURGLASS_INLINE_LAMBDA { add_all<8>(tables.image, tables.kStep, grid, products, plane); });
}

HOURGLASS_WIDE void write_map_wide(int stride, const TileGrid& grid, const float* products, const float* bias,
                                   float* plane) {
  with_tables(stride, [&](const auto& tables) HOURGLASS_INLINE_LAMBDA {
    write_all<16>(tables.map, tables.kMapPixels, grid, products, bias, plane);
  });
}
void write_map_narrow(int stride, const TileGrid& grid, const float* products, const float* bias, float* plane) {
  with_tables(stride, [&](const auto& tables) HOURGLASS_INLINE_LAMBDA {
    write_all<8>(tables.map, tables.kMapPixels, grid, products, bias, plane);
  });
}

}  // namespace

void multiply(const SmallProduct& product, const float* a, const float* b, float* c) {
  product.lanes == 16 ? multiply_wide(product, a, b, c) : multiply_narrow(product, a, b, c);
}

void image_products(int stride, const TileGrid& grid, const float* plane, float* products) {
  grid.lanes == 16 ? image_products_wide(stride, grid, plane, products)
                   : image_products_narrow(stride, grid, plane, products);
}

void map_products(int stride, const TileGrid& grid, const float* plane, float* products) {
  grid.lanes == 16 ? map_products_wide(stride, grid, plane, products)
                   : map_products_narrow(stride, grid, plane, products);
}

void add_to_image(int stride, const TileGrid& grid, const float* products, float* plane) {
  grid.lanes == 16 ? add_to_image_wide(stride, grid, products, plane)
                   : add_to_image_narrow(stride, grid, products, plane);
}

void write_map(int stride, const TileGrid& grid, const float* products, const float* bias, float* plane) {
  grid.lanes == 16 ? write_map_wide(stride, grid, products, bias, plane)
                   : write_map_narrow(stride, grid, products, bias, plane);
}

HOURGLASS_MULTIVERSION void weight_products(int stride, const WeightRow& row, const float* weight, float* products) {
  if (stride == 1) return transform_weights(kStride1.weight, row, weight, products);
  transform_weights(kStride2.weight, row, weight, products);
}

HOURGLASS_MULTIVERSION void weight_taps(int stride, const WeightRow& row, const float* products, float* weight,
                                        bool add) {
  if (stride == 1) return transform_back(kStride1.weight, row, products, weight, add);
  transform_back(kStride2.weight, row, products, weight, add);
}

}  // namespace hourglass::compute

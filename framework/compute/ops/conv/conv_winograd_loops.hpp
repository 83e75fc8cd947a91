// The loops of Winograd convolutions: transforms between planes of pixels and rows of products, and the products
// themselves, over vectors of channels. Single-threaded.
#pragma once

#include <cstdint>

namespace hourglass::compute {

/// A convolution is a trilinear form: the sum of map * image * weight over all combinations that meet. Along one axis,
/// for two neighbouring map pixels and a kernel of 3, this sum can be written with a few products (Winograd 1980; Lavin
/// & Gray 2016):
///   sum over p of (sum over o of map[p][o] * m[o]) * (sum over i of image[p][i] * x[i]) * (sum over r of weight[p][r]
///   * w[r])
/// With two axes, each factor is transformed along both. Each pass computes a derivative of the form, so these three
/// tables are sufficient. Their elements are at most 1 and need only sums; at stride 1, 4 products replace 6, and at
/// stride 2, 5 replace 6.
template <int kProducts_, int kPixels_, int kStep_>
struct WinogradTables {
  static constexpr int kProducts = kProducts_;  ///< along an axis
  static constexpr int kPixels = kPixels_;      ///< of the image that a tile touches
  static constexpr int kStep = kStep_;          ///< of the image from a tile to the next
  static constexpr int kMapPixels = 2;
  static constexpr int kKernel = 3;

  signed char map[kProducts][kMapPixels];
  signed char image[kProducts][kPixels];
  float weight[kProducts][kKernel];
};

inline constexpr WinogradTables<4, 4, 2> kStride1 = {
    .map = {{1, 0}, {1, 1}, {1, -1}, {0, -1}},
    .image = {{1, 0, -1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, 1, 0, -1}},
    .weight = {{1, 0, 0}, {.5f, .5f, .5f}, {.5f, -.5f, .5f}, {0, 0, 1}}};
/// The outer two taps of the kernel meet every second pixel, as at stride 1; the middle tap meets the others.
inline constexpr WinogradTables<5, 5, 4> kStride2 = {
    .map = {{1, 0}, {1, 1}, {0, 1}, {1, 0}, {0, 1}},
    .image = {{1, 0, -1, 0, 0}, {0, 0, 1, 0, 0}, {0, 0, -1, 0, 1}, {0, 1, 0, 0, 0}, {0, 0, 0, 1, 0}},
    .weight = {{1, 0, 0}, {1, 0, 1}, {0, 0, 1}, {0, 1, 0}, {0, 1, 0}}};

/// The tiles of a plane [rows, pitch, channels] that starts at the first pixel of the first tile.
struct TileGrid {
  std::int64_t rows = 0, columns = 0;
  std::int64_t pitch = 0;  ///< pixels of a row of the plane
  std::int64_t channels = 0;
  std::int64_t lanes = 16;  ///< channels at a time: 16 or 8, which divides their number
  /// [rows, columns, products along both axes]: the row of the product among all rows of products.
  const std::int32_t* product_rows = nullptr;
};

/// Computes products [.., channels], the transformed tiles of an image or a map, at stride 1 or 2.
void image_products(int stride, const TileGrid& grid, const float* plane, float* products);
void map_products(int stride, const TileGrid& grid, const float* plane, float* products);

/// Applies the transposed transforms in the other direction. Tiles of an image overlap and are added to the plane.
/// Tiles of a map do not overlap and are written, plus bias [channels] unless it is null.
void add_to_image(int stride, const TileGrid& grid, const float* products, float* plane);
void write_map(int stride, const TileGrid& grid, const float* products, const float* bias, float* plane);

/// One row of the transformed weight, [columns] for each of the products, which are `product_step` apart. The
/// untransformed weight has 9 contiguous taps per column, and its columns are `column_step` apart. The number of
/// columns is a multiple of 16.
struct WeightRow {
  std::int64_t columns = 0, column_step = 0, product_step = 0;
};
void weight_products(int stride, const WeightRow& row, const float* weight, float* products);
/// Applies the transposed transform: computes the gradient of the weight, or adds it.
void weight_taps(int stride, const WeightRow& row, const float* products, float* weight, bool add);

/// Computes c [m, n] = a [m, k] * b [k, n], or adds to c: a's element (i, j) is a[i * row + j * column], b and c are
/// row-major, and `lanes`, 16 or 8, divides n. Meanwhile prefetches the `ahead_lines` cache lines at `ahead`, which are
/// needed next.
struct SmallProduct {
  std::int64_t m = 0, k = 0, n = 0, lanes = 16;
  std::int64_t row = 0, column = 0;
  bool add = false;
  const float* ahead = nullptr;
  std::int64_t ahead_lines = 0;
};
void multiply(const SmallProduct& product, const float* a, const float* b, float* c);

}  // namespace hourglass::compute

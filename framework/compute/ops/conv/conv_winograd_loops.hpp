// The loops of Winograd convolutions: transforms between planes of pixels and rows of products, and the products
// between them, over vectors of channels. One thread.
#pragma once

#include <cstdint>

namespace hourglass::compute {

/// A convolution is a trilinear form: the sum of map * image * weight over all that meet. Along one axis, for two
/// neighbours of the map under a kernel of 3, the same sum is one over a few products (Winograd 1980; Lavin & Gray
/// 2016):
///   sum over p of (sum over o of map[p][o] * m[o]) * (sum over i of image[p][i] * x[i]) * (sum over r of weight[p][r]
///   * w[r])
/// Under two axes each factor is transformed along both. What a pass computes is a derivative of the form, so that
/// these three tables are all that it needs. They are at most 1 and need only sums; at stride 1, 4 products stand for
/// 6, and at stride 2, 5 for 6.
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
/// The kernel's outer two taps meet every second pixel, as a stride of 1 would; the middle one meets the others.
inline constexpr WinogradTables<5, 5, 4> kStride2 = {
    .map = {{1, 0}, {1, 1}, {0, 1}, {1, 0}, {0, 1}},
    .image = {{1, 0, -1, 0, 0}, {0, 0, 1, 0, 0}, {0, 0, -1, 0, 1}, {0, 1, 0, 0, 0}, {0, 0, 0, 1, 0}},
    .weight = {{1, 0, 0}, {1, 0, 1}, {0, 0, 1}, {0, 1, 0}, {0, 1, 0}}};

/// The tiles of a plane [rows, pitch, channels], which begins with the first tile's first pixel.
struct TileGrid {
  std::int64_t rows = 0, columns = 0;
  std::int64_t pitch = 0;  ///< pixels of a row of the plane
  std::int64_t channels = 0;
  std::int64_t lanes = 16;  ///< channels at a time: 16 or 8, which divides their number
  /// [rows, columns, products along both axes]: the row of the product among all rows of products.
  const std::int32_t* product_rows = nullptr;
};

/// products [.., channels] = the transformed tiles of an image or a map, at stride 1 or 2.
void image_products(int stride, const TileGrid& grid, const float* plane, float* products);
void map_products(int stride, const TileGrid& grid, const float* plane, float* products);

/// The other way, the transposed transforms. Tiles of an image overlap: it is added to what the plane holds. Tiles of a
/// map do not: it is written, with bias [channels] added unless null.
void add_to_image(int stride, const TileGrid& grid, const float* products, float* plane);
void write_map(int stride, const TileGrid& grid, const float* products, const float* bias, float* plane);

/// One row of the transformed weight, [columns] for each of the products, which lie `product_step` apart; the
/// untransformed one has 9 taps side by side for each column, and columns `column_step` apart. A multiple of 16
/// columns.
struct WeightRow {
  std::int64_t columns = 0, column_step = 0, product_step = 0;
};
void weight_products(int stride, const WeightRow& row, const float* weight, float* products);
/// The transposed transform: the gradient of the weight, or added to it.
void weight_taps(int stride, const WeightRow& row, const float* products, float* weight, bool add);

/// c [m, n] = a [m, k] * b [k, n], or added to it: a's element (i, j) is a[i * row + j * column], b and c are
/// row-major, and `lanes`, 16 or 8, divides n. Meanwhile asks for the `ahead_lines` cache lines at `ahead`, which are
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

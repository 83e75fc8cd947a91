// A map with an odd number of rows or columns ends in tiles of which half is unused: products that only that half needs
// are not computed.
#include "compute/ops/conv/conv_winograd_geometry.hpp"

#include <algorithm>

#include "compute/kernels/lanes.hpp"
#include "compute/kernels/parallel.hpp"

namespace hourglass::compute {
namespace {

// Tiles processed at a time: enough rows for a matrix product, few enough for the L2 cache.
constexpr std::int64_t kTiles = 64;
constexpr std::int64_t kTaps = 9;

// Returns whether the first of a tile's two map pixels needs this product.
bool first_needs(int stride, std::int64_t product) {
  return (stride == 1 ? kStride1.map[product] : kStride2.map[product])[0] != 0;
}

}  // namespace

WinogradGeometry::WinogradGeometry(const ConvShape& shape)
    : stride_(static_cast<int>(shape.window.stride[0])),
      axis_(stride_ == 1 ? kStride1.kProducts : kStride2.kProducts),
      lanes_(widest_lanes()) {
  const std::int64_t pixels = stride_ == 1 ? kStride1.kPixels : kStride2.kPixels;
  image_ = {.size = {}, .origin = shape.window.padding, .whole = shape.image, .channels = shape.image_channels};
  map_ = {.size = {}, .origin = {0, 0}, .whole = shape.map, .channels = shape.map_channels};
  for (std::size_t i = 0; i < 2; ++i) {
    tiles_[i] = (shape.map[i] + 1) / 2;
    map_.size[i] = 2 * tiles_[i];
    image_.size[i] = std::max((tiles_[i] - 1) * 2 * stride_ + pixels, image_.origin[i] + image_.whole[i]);
  }

  images_ = std::clamp<std::int64_t>(kTiles / (tiles_[0] * tiles_[1]), 1, shape.batch);
  while (shape.batch % images_ != 0) --images_;
  const std::int64_t rows = std::clamp<std::int64_t>(kTiles / tiles_[1], 1, tiles_[0]);
  const std::int64_t strips = (tiles_[0] + rows - 1) / rows;
  for (std::int64_t s = 0; s < strips; ++s) {
    const std::int64_t first = s * tiles_[0] / strips;
    add_strip(first, (s + 1) * tiles_[0] / strips - first);
  }
}

void WinogradGeometry::add_strip(std::int64_t first_row, std::int64_t rows) {
  WinogradStrip strip{.first_row = first_row, .rows = rows, .product_rows = {}, .starts = {0}};
  const bool halves[] = {map_.whole[0] % 2 != 0 && first_row + rows == tiles_[0], map_.whole[1] % 2 != 0};
  std::vector<Extent> computed;  // of each product, rows and columns of tiles
  for (std::int64_t p = 0; p < products(); ++p) {
    const std::int64_t along[] = {p / axis_, p % axis_};
    Extent tiles = {rows, tiles_[1]};
    for (std::size_t i = 0; i < 2; ++i) tiles[i] -= halves[i] && !first_needs(stride_, along[i]) ? 1 : 0;
    computed.push_back(tiles);
    strip.starts.push_back(strip.starts.back() + static_cast<std::int32_t>(images_ * tiles[0] * tiles[1]));
  }
  rows_ = std::max<std::int64_t>(rows_, strip.starts.back());
  for (std::int64_t image = 0; image < images_; ++image) {
    for (std::int64_t i = 0; i < rows; ++i) {
      for (std::int64_t j = 0; j < tiles_[1]; ++j) {
        for (std::size_t p = 0; p < computed.size(); ++p) {
          const Extent& tiles = computed[p];
          const bool used = i < tiles[0] && j < tiles[1];
          strip.product_rows.push_back(used ? strip.starts[p] +
                                                  static_cast<std::int32_t>((image * tiles[0] + i) * tiles[1] + j)
                                            : strip.starts.back());
        }
      }
    }
  }
  strips_.push_back(std::move(strip));
}

TileGrid WinogradGeometry::grid(bool image, const WinogradStrip& strip, std::int64_t index) const {
  return {.rows = strip.rows,
          .columns = tiles_[1],
          .pitch = plane(image).size[1],
          .channels = plane(image).channels,
          .lanes = lanes_,
          .product_rows = strip.product_rows.data() + index * strip.rows * tiles_[1] * products()};
}

std::int64_t WinogradGeometry::offset(bool image, const WinogradStrip& strip) const {
  return strip.first_row * 2 * (image ? stride_ : 1) * plane(image).size[1] * plane(image).channels;
}

SmallProduct WinogradGeometry::product(std::int64_t m, std::int64_t k, std::int64_t n) const {
  return {.m = m, .k = k, .n = n, .lanes = lanes_, .row = k, .column = 1, .add = false};
}

void WinogradGeometry::transform_weight(const float* weight, bool transposed, float* products) const {
  const std::int64_t image = image_.channels, map = map_.channels;
  const std::int64_t rows = transposed ? map : image, columns = transposed ? image : map;
  const std::int64_t step_of_map = image * kTaps;
  parallel_blocks(rows, 1, [&](std::int64_t r, std::int64_t) {
    weight_products(stride_,
                    {.columns = columns, .column_step = transposed ? kTaps : step_of_map, .product_step = image * map},
                    weight + r * (transposed ? step_of_map : kTaps), products + r * columns);
  });
}

void WinogradGeometry::weight_gradient(const float* products, float* gradient, bool add) const {
  const std::int64_t image = image_.channels, map = map_.channels;
  parallel_blocks(image, 1, [&](std::int64_t c, std::int64_t) {
    weight_taps(stride_, {.columns = map, .column_step = image * kTaps, .product_step = image * map},
                products + c * map, gradient + c * kTaps, add);
  });
}

}  // namespace hourglass::compute

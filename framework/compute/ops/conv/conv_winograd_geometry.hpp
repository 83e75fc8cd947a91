// The positions of the tiles of a Winograd convolution in image and map, the layout of its products, and the weight
// among them.
#pragma once

#include <cstdint>
#include <vector>

#include "compute/ops/conv/conv_shape.hpp"
#include "compute/ops/conv/conv_winograd_loops.hpp"

namespace hourglass::compute {

/// An image or map with padding, so that its tiles are complete: [rows, pitch, channels].
struct WinogradPlane {
  Extent size = {0, 0};    ///< rows and pitch
  Extent origin = {0, 0};  ///< position of the first pixel
  Extent whole = {0, 0};   ///< rows and columns of the image or the map
  std::int64_t channels = 0;

  std::int64_t floats() const { return size[0] * size[1] * channels; }
  std::int64_t whole_floats() const { return whole[0] * whole[1] * channels; }
};

/// Some rows of tiles, of all the images that are processed at a time.
struct WinogradStrip {
  std::int64_t first_row = 0, rows = 0;
  std::vector<std::int32_t> product_rows;  ///< [images, rows, columns, products], see TileGrid
  std::vector<std::int32_t> starts;        ///< [products + 1]: the first row of each product
};

class WinogradGeometry {
 public:
  explicit WinogradGeometry(const ConvShape& shape);

  int stride() const { return stride_; }
  std::int64_t products() const { return axis_ * axis_; }
  /// Matrix products of a pass over all strips.
  std::int64_t multiplications() const { return products() * static_cast<std::int64_t>(strips_.size()); }
  std::int64_t images() const { return images_; }  ///< processed at a time; divides the batch
  const WinogradPlane& plane(bool image) const { return image ? image_ : map_; }
  const std::vector<WinogradStrip>& strips() const { return strips_; }
  /// Returns the largest number of rows of products per strip. One more row is read and written for the unused part of
  /// tiles at the border.
  std::int64_t rows() const { return rows_; }

  /// Returns the strip's tiles of one of the images that are processed at a time.
  TileGrid grid(bool image, const WinogradStrip& strip, std::int64_t index) const;
  /// Returns the number of floats from the plane's start to the strip's first tile.
  std::int64_t offset(bool image, const WinogradStrip& strip) const;
  /// [m, k] * [k, n] of rows of products.
  SmallProduct product(std::int64_t m, std::int64_t k, std::int64_t n) const;

  /// weight [O, C, 3, 3] -> [products, C, O], or [products, O, C] if `transposed`.
  void transform_weight(const float* weight, bool transposed, float* products) const;
  /// Converts the gradient of the transformed weight, [products, C, O], to that of the weight, or adds it.
  void weight_gradient(const float* products, float* gradient, bool add) const;

 private:
  void add_strip(std::int64_t first_row, std::int64_t rows);

  int stride_;
  std::int64_t axis_;  // products along an axis
  std::int64_t images_ = 1;
  Extent tiles_ = {0, 0};
  std::int64_t lanes_;
  WinogradPlane image_, map_;
  std::vector<WinogradStrip> strips_;
  std::int64_t rows_ = 0;
};

}  // namespace hourglass::compute

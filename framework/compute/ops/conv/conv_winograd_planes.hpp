// Moves image and map between tensors, padded planes and products. Single-threaded.
#pragma once

#include <algorithm>
#include <cstdint>

#include "compute/ops/conv/conv_winograd_geometry.hpp"

namespace hourglass::compute {

/// One side of a Winograd convolution, image or map, for the images that are processed at a time.
class WinogradSide {
 public:
  WinogradSide(const WinogradGeometry& geometry, bool image) : geometry_(&geometry), image_(image) {}

  std::int64_t channels() const { return plane().channels; }
  std::int64_t image_floats() const { return plane().whole_floats(); }  ///< of one image or map
  std::int64_t plane_floats() const { return geometry_->images() * plane().floats(); }
  std::int64_t product_floats() const { return (geometry_->rows() + 1) * plane().channels; }

  /// Fills the planes: row(offset, count, to) must write the `count` floats that start at `offset` from the first
  /// image's start.
  template <class Row>
  void load(float* planes, const Row& row) const;
  /// Calls row(from, count, offset) for each row of the planes' pixels.
  template <class Row>
  void store(const float* planes, const Row& row) const;

  void expand(const WinogradStrip& strip, const float* planes, float* products) const;
  /// Initialises all pixels to the bias [channels], or to 0 without one, before collapse().
  void start(const float* bias, float* planes) const;
  /// Adds the strip's products.
  void collapse(const WinogradStrip& strip, const float* products, const float* bias, float* planes) const;

 private:
  const WinogradPlane& plane() const { return geometry_->plane(image_); }

  const WinogradGeometry* geometry_;
  bool image_;
};

template <class Row>
void WinogradSide::load(float* planes, const Row& row) const {
  const WinogradPlane& p = plane();
  const std::int64_t pitch = p.size[1] * p.channels, count = p.whole[1] * p.channels;
  const std::int64_t before = p.origin[1] * p.channels;
  float* to = planes;
  for (std::int64_t n = 0; n < geometry_->images(); ++n) {
    for (std::int64_t y = -p.origin[0]; y < p.size[0] - p.origin[0]; ++y, to += pitch) {
      if (y < 0 || y >= p.whole[0]) {
        std::fill_n(to, pitch, 0.0f);
        continue;
      }
      std::fill_n(to, before, 0.0f);
      row(n * p.whole_floats() + y * count, count, to + before);
      std::fill(to + before + count, to + pitch, 0.0f);
    }
  }
}

template <class Row>
void WinogradSide::store(const float* planes, const Row& row) const {
  const WinogradPlane& p = plane();
  const std::int64_t count = p.whole[1] * p.channels;
  for (std::int64_t n = 0; n < geometry_->images(); ++n) {
    const float* from = planes + n * p.floats() + (p.origin[0] * p.size[1] + p.origin[1]) * p.channels;
    for (std::int64_t y = 0; y < p.whole[0]; ++y, from += p.size[1] * p.channels) {
      row(from, count, n * p.whole_floats() + y * count);
    }
  }
}

}  // namespace hourglass::compute

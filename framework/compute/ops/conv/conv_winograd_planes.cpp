// The transforms of each side, image by image.
#include "compute/ops/conv/conv_winograd_planes.hpp"

namespace hourglass::compute {

void WinogradSide::expand(const WinogradStrip& strip, const float* planes, float* products) const {
  for (std::int64_t n = 0; n < geometry_->images(); ++n) {
    const float* const plane_start = planes + n * plane().floats() + geometry_->offset(image_, strip);
    const TileGrid grid = geometry_->grid(image_, strip, n);
    if (image_) {
      image_products(geometry_->stride(), grid, plane_start, products);
    } else {
      map_products(geometry_->stride(), grid, plane_start, products);
    }
  }
}

void WinogradSide::start(const float* bias, float* planes) const {
  if (!image_) return;  // a map is overwritten
  const std::int64_t channels = plane().channels, row = plane().size[1] * channels;
  if (bias == nullptr) {
    std::fill_n(planes, plane_floats(), 0.0f);
    return;
  }
  for (std::int64_t i = 0; i < row; i += channels) std::copy_n(bias, channels, planes + i);
  for (std::int64_t i = row; i < plane_floats(); i += row) std::copy_n(planes, row, planes + i);
}

void WinogradSide::collapse(const WinogradStrip& strip, const float* products, const float* bias, float* planes) const {
  for (std::int64_t n = 0; n < geometry_->images(); ++n) {
    float* const plane_start = planes + n * plane().floats() + geometry_->offset(image_, strip);
    const TileGrid grid = geometry_->grid(image_, strip, n);
    if (image_) {
      add_to_image(geometry_->stride(), grid, products, plane_start);
    } else {
      write_map(geometry_->stride(), grid, products, bias, plane_start);
    }
  }
}

}  // namespace hourglass::compute

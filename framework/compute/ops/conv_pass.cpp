// The choice of a route, by measurement: decisions/0006-convolution-routes.md.
#include "compute/ops/conv_pass.hpp"

#include <algorithm>

namespace hourglass::compute {
namespace {

constexpr std::int64_t kThin = 4;

bool thin_side(const ConvShape& shape) {
  return thin_conv_fits(shape) && std::min(shape.image_channels, shape.map_channels) <= kThin;
}

bool takes_thin_route(const ConvPassSpec& spec) {
  const ConvShape& shape = spec.shape;
  if (!thin_side(shape)) return false;
  const bool thin_is_image = shape.image_channels < shape.map_channels;
  switch (spec.target) {
    case ConvTarget::map: return true;
    case ConvTarget::image: return thin_is_image;
    case ConvTarget::weight: {
      if (thin_is_image) return spec.undo.has_value();
      // Zeros between the pixels of a strided map are multiplied too.
      return shape.map_channels * shape.window.stride[0] * shape.window.stride[1] <= 2 * kThin;
    }
  }
  return false;
}

}  // namespace

bool conv_pass_undoes(const ConvShape& shape, ConvTarget output) {
  return thin_side(shape) && output == ConvTarget::map && shape.image_channels < shape.map_channels;
}

std::unique_ptr<ConvPass> conv_pass(const ConvPassSpec& spec) {
  return takes_thin_route(spec) ? thin_conv_pass(spec) : onednn_conv_pass(spec);
}

}  // namespace hourglass::compute

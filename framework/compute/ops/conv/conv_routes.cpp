// Chooses the routes of the passes and of the complete backward pass by measurements:
// decisions/0006-convolution-routes.md.
#include <algorithm>

#include "compute/ops/conv/conv_gradients.hpp"
#include "compute/ops/conv/conv_pass.hpp"

namespace hourglass::compute {
namespace {

constexpr std::int64_t kThin = 4;
// Winograd convolutions hold one whole image per thread; larger images do not fit the cache.
constexpr std::int64_t kMostImage = 512 * 1024;

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
      // The zeros between the pixels of a strided map are multiplied too.
      return shape.map_channels * shape.window.stride[0] * shape.window.stride[1] <= 2 * kThin;
    }
  }
  return false;
}

// Number of products per tap of the kernel and image.
std::int64_t products_of(const ConvShape& shape) { return shape.image_channels * shape.map_size(); }

// At stride 1, a Winograd convolution saves most of the products. At stride 2 it saves fewer, which pays off for large
// layers; for gradients the limit is lower, because their common work is done only once.
constexpr std::int64_t kStride2Forward = 200'000, kStride2Gradients = 50'000;
// The sums of the transformed weight's gradient are kept for several blocks of images.
constexpr std::int64_t kMostWeights = 64 * 64;

bool takes_winograd_route(const ConvPassSpec& spec) {
  if (spec.target == ConvTarget::weight || spec.accumulate || !winograd_fits(spec.shape, spec.precision)) return false;
  return spec.shape.window.stride[0] == 1 || products_of(spec.shape) >= kStride2Forward;
}

bool takes_winograd_route(const ConvGradientsSpec& spec) {
  const ConvShape& shape = spec.shape;
  if (!winograd_fits(shape, spec.precision) || shape.image_channels * shape.map_channels > kMostWeights) return false;
  return shape.window.stride[0] == 1 || products_of(shape) >= kStride2Gradients;
}

}  // namespace

bool conv_pass_undoes(const ConvShape& shape, ConvTarget output) {
  return thin_side(shape) && output == ConvTarget::map && shape.image_channels < shape.map_channels;
}

bool winograd_fits(const ConvShape& shape, Precision precision) {
  const auto [first, second] = shape.window.stride;
  const bool channels = shape.image_channels % 16 == 0 && shape.map_channels % 16 == 0;
  const bool in_cache = std::max(shape.image_size(), shape.map_size()) <= kMostImage;
  return precision == Precision::f32 && shape.groups == 1 && channels && in_cache && shape.kernel == Extent{3, 3} &&
         shape.window.dilation == Extent{1, 1} && first == second && first <= 2;
}

std::unique_ptr<ConvPass> conv_pass(const ConvPassSpec& spec) {
  if (takes_thin_route(spec)) return thin_conv_pass(spec);
  if (takes_winograd_route(spec)) return winograd_conv_pass(spec);
  return onednn_conv_pass(spec);
}

std::unique_ptr<ConvGradients> conv_gradients(const ConvGradientsSpec& spec) {
  return takes_winograd_route(spec) ? winograd_conv_gradients(spec) : separate_conv_gradients(spec);
}

}  // namespace hourglass::compute

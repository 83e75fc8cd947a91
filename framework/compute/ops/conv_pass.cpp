// The choice of a route, by measurement.
#include "compute/ops/conv_pass.hpp"

#include <algorithm>

namespace hourglass::compute {

std::unique_ptr<ConvPass> conv_pass(const ConvPassSpec& spec) {
  constexpr std::int64_t kThin = 4;
  const bool thin = std::min(spec.shape.image_channels, spec.shape.map_channels) <= kThin;
  return thin && thin_conv_fits(spec.shape) ? thin_conv_pass(spec) : onednn_conv_pass(spec);
}

}  // namespace hourglass::compute

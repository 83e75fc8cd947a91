// The numbers of a network: all parameters in one buffer, all gradients in another.
#pragma once

#include <cstdint>
#include <span>

#include "compute/graph/network.hpp"
#include "compute/kernels/buffer.hpp"

namespace hourglass::compute {

/// Parameters and, for training, their gradients, at the offsets of Network::parameters(). Padding is zero and stays
/// zero.
class Model {
 public:
  Model(const Network& network, bool with_gradients);

  std::span<float> parameters() { return parameters_.span(); }
  std::span<const float> parameters() const { return parameters_.span(); }
  std::span<float> gradients() { return gradients_.span(); }
  std::span<const float> gradients() const { return gradients_.span(); }

  /// Draws every parameter from its Init, keyed by (seed, parameter index). `mean_image`, [C * H * W], is that of the
  /// training images (subject::initialise); empty: zeros, for networks without data.
  void initialise(const Network& network, std::uint64_t seed, std::span<const float> mean_image = {});

 private:
  Buffer parameters_, gradients_;
};

}  // namespace hourglass::compute

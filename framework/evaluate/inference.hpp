// A trained model applied to any number of images or codes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "compute/graph/model.hpp"
#include "compute/graph/plan.hpp"
#include "subject/autoencoder.hpp"

namespace hourglass::evaluate {

/// Tells whether computing `to` from `from` takes another leaf: labels, as in a conditional autoencoder, or the image,
/// as in a decoder with skip connections.
bool needs(const subject::Autoencoder& autoencoder, compute::Leaf leaf, Node from, Node to);

/// Encoder, decoder and the whole, each compiled at its first use. All batches have one size, the last one filled up
/// with zeros, so that a result depends neither on how many images are asked for at once nor on which others are beside
/// it. What needs() more than it is given is a std::invalid_argument. Not for several threads. Autoencoder and model
/// must outlive it.
class Inference {
 public:
  Inference(const subject::Autoencoder& autoencoder, compute::Model& model)
      : autoencoder_(autoencoder), model_(model) {}

  void encode(std::span<const float> images, std::span<float> codes);     ///< [n, C, H, W] -> [n, K]
  void decode(std::span<const float> codes, std::span<float> images);     ///< [n, K] -> [n, C, H, W]
  void reconstruct(std::span<const float> images, std::span<float> out);  ///< [n, C, H, W] -> [n, C, H, W]

 private:
  void apply(std::optional<compute::Plan>& plan, Node from, Node to, std::span<const float> in, std::span<float> out);

  const subject::Autoencoder& autoencoder_;
  compute::Model& model_;
  std::optional<compute::Plan> encoder_, decoder_, whole_;
};

}  // namespace hourglass::evaluate

// Assembles an architecture and a bottleneck into one network.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "compute/graph/network.hpp"
#include "compute/graph/plan_spec.hpp"
#include "experiment/config.hpp"
#include "hourglass/architecture.hpp"
#include "hourglass/bottleneck.hpp"

namespace hourglass::subject {

/// The network that an experiment describes. The encoder and the decoder are parts of one graph: a plan with the output
/// `code` runs only the encoder, a plan that is fed `decoded` and has the output `reconstruction` runs only the
/// decoder.
struct Autoencoder {
  std::string name;  ///< "architecture mlp and bottleneck dense", for errors
  std::unique_ptr<Architecture> architecture;
  std::unique_ptr<Bottleneck> bottleneck;
  std::unique_ptr<compute::Network> network;
  Node image;                ///< [N, C, H, W]
  Node labels;               ///< [N, classes], one-hot; empty if no plugin reads them
  Node code;                 ///< [N, K]
  Node decoded;              ///< [N, K]: the node to feed when decoding a code
  Node decoder_input;        ///< [N, D]: the input of the decoder
  Node prior_sample;         ///< [N, K]: a draw from the prior; empty without one
  Node log_prior;            ///< [N, 1]: log density of `decoded` under the prior, nats; empty: not known
  Node log_posterior;        ///< [N, 1]: log density of `decoded` given the image, nats; empty: it is deterministic
  bool sparse_code = false;  ///< units can be exactly zero
  compute::Precision precision = compute::Precision::f32;  ///< of training
  Node output;                                             ///< [N, C, H, W], before the output non-linearity
  Node reconstruction;                                     ///< [N, C, H, W], after the output non-linearity
  compute::Objective objective;
  std::vector<Layer> layers;  ///< the layers that can be pretrained, from the image on

  std::int64_t code_size() const { return code.shape().size(); }
};

/// Builds the network of an experiment for images of `shape` in `classes` classes (0: no labels). Throws UserError with
/// the location of the table for errors of plugins and for a plugin that reads labels which the dataset does not have.
Autoencoder assemble(const experiment::Config& config, ImageShape shape, std::int64_t classes);

}  // namespace hourglass::subject

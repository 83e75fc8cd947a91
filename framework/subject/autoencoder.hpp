// Architecture x bottleneck, assembled into one network.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "compute/graph/network.hpp"
#include "compute/graph/plan.hpp"
#include "experiment/config.hpp"
#include "hourglass/architecture.hpp"
#include "hourglass/bottleneck.hpp"

namespace hourglass::subject {

/// The network that an experiment describes. Encoder, decoder and the whole are parts of one graph: a plan with output
/// `code` is the encoder alone, a plan fed `code` with output `reconstruction` is the decoder alone.
struct Autoencoder {
  std::string name;  ///< "architecture mlp and bottleneck dense", for errors
  std::unique_ptr<Architecture> architecture;
  std::unique_ptr<Bottleneck> bottleneck;
  std::unique_ptr<compute::Network> network;
  Node image;                ///< [N, C, H, W]
  Node labels;               ///< [N, classes], one-hot; empty when neither part reads them
  Node code;                 ///< [N, K]
  Node decoded;              ///< [N, K]: the node to feed when decoding a code
  Node decoder_input;        ///< [N, D]: what the decoder makes its output from
  Node prior_sample;         ///< [N, K]: a draw from the prior; empty without one
  Node log_prior;            ///< [N, 1]: log density of `decoded`; empty: not known
  Node log_posterior;        ///< [N, 1]: of `decoded` given the image; empty: not drawn
  bool sparse_code = false;  ///< units can be exactly zero
  compute::Precision precision = compute::Precision::f32;  ///< of training
  Node output;                                             ///< [N, C, H, W], before the non-linearity
  Node reconstruction;                                     ///< [N, C, H, W], after it
  compute::Objective objective;
  std::vector<Layer> layers;  ///< that can be trained one by one, from the image on

  std::int64_t code_size() const { return code.shape().size(); }
};

/// Builds the network of an experiment for images of `shape` in `classes` classes, 0 without labels. Errors of plugins,
/// and a plugin that reads labels where there are none, are UserErrors with the table's place.
Autoencoder assemble(const experiment::Config& config, ImageShape shape, std::int64_t classes);

}  // namespace hourglass::subject

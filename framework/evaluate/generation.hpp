// What a model with a prior can do: draw codes, and estimate the likelihood of images.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "compute/graph/model.hpp"
#include "compute/graph/plan.hpp"
#include "evaluate/stop.hpp"
#include "hourglass/task.hpp"
#include "subject/autoencoder.hpp"

namespace hourglass::evaluate {

/// Why a model cannot do something, and what to choose instead; both empty when it can.
struct Fault {
  std::string reason;  ///< "architecture mlp and bottleneck dense have no prior"
  std::string fix;     ///< "choose a bottleneck with a prior"

  explicit operator bool() const { return !reason.empty(); }
};

/// Says why no codes can be drawn from a prior.
Fault prior_fault(const subject::Autoencoder& autoencoder);

/// Says why images have no likelihood. It takes the densities of the prior and of the codes that are drawn for an
/// image, and a decoder that runs from a code alone.
Fault density_fault(const subject::Autoencoder& autoencoder);

/// Draws codes from the prior. Not for several threads. Autoencoder and model must outlive it.
class PriorSampler {
 public:
  PriorSampler(const subject::Autoencoder& autoencoder, compute::Model& model, StopFlag stop)
      : autoencoder_(autoencoder), model_(model), stop_(stop) {}

  /// Writes codes [n, K]. Equal numbers of `rng` give equal codes. Throws std::invalid_argument with the reason of
  /// prior_fault(), for sizes that do not agree, and when the prior reads labels and they are not one for each code.
  void draw(std::span<float> codes, Rng& rng, Labels labels);

 private:
  const subject::Autoencoder& autoencoder_;
  compute::Model& model_;
  StopFlag stop_;
  std::optional<compute::Plan> plan_;
};

/// Estimates log p(x), or log p(x|y) of a network that reads labels, by importance weights (Burda et al. 2016). Not for
/// several threads. Autoencoder and model must outlive it.
class Likelihood {
 public:
  Likelihood(const subject::Autoencoder& autoencoder, compute::Model& model, StopFlag stop);

  /// Writes log mean_k exp(log p(x|z_k) + log p(z_k) - log q(z_k|x)) of images [n, C, H, W] to `nats` [n], with
  /// `samples` (at least 1) draws of z for each. p(x|z) is the distribution whose negative logarithm is, up to a
  /// constant, the loss of training summed over the pixels: Bernoulli for bce, normal of variance 1/2 for mse, Laplace
  /// of scale 1 for l1. Throws std::invalid_argument with the reason of density_fault(), for sizes that do not agree,
  /// and when the network reads labels and they are not one for each image.
  void estimate(std::span<const float> images, std::span<double> nats, std::int64_t samples, Rng& rng, Labels labels);

 private:
  void compile();
  /// The same of images [n, C, H, W] that one plan holds; moves the key by one step for each draw.
  void estimate_batch(std::span<const float> images, std::span<double> nats, std::int64_t samples,
                      compute::StepKey& key);

  const subject::Autoencoder& autoencoder_;
  compute::Model& model_;
  Node given_;  ///< what p(x|z) is computed from: logits for bce, else the reconstruction
  bool reads_labels_ = false;
  StopFlag stop_;
  std::optional<compute::Plan> plan_;
};

}  // namespace hourglass::evaluate

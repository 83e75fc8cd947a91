// Samples codes from a model's prior, and estimates the likelihood of images.
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

/// Why a model does not support something, and what to choose instead; both are empty if it does.
struct Fault {
  std::string reason;  ///< "architecture mlp and bottleneck dense have no prior"
  std::string fix;     ///< "choose a bottleneck with a prior"

  explicit operator bool() const { return !reason.empty(); }
};

/// Returns why codes cannot be sampled from a prior.
Fault prior_fault(const subject::Autoencoder& autoencoder);

/// Returns why the likelihood of images cannot be estimated. This requires the densities of the prior and of the codes
/// sampled for an image, and a decoder that runs from a code alone.
Fault density_fault(const subject::Autoencoder& autoencoder);

/// Samples codes from the prior. Not thread-safe. Autoencoder and model must outlive it.
class PriorSampler {
 public:
  PriorSampler(const subject::Autoencoder& autoencoder, compute::Model& model, StopFlag stop)
      : autoencoder_(autoencoder), model_(model), stop_(stop) {}

  /// Writes codes [n, K]. The same numbers of `rng` give the same codes. Throws std::invalid_argument with the reason
  /// of prior_fault(), if sizes do not match, or if the prior reads labels and `labels` does not hold one per code.
  void draw(std::span<float> codes, Rng& rng, Labels labels);

 private:
  const subject::Autoencoder& autoencoder_;
  compute::Model& model_;
  StopFlag stop_;
  std::optional<compute::Plan> plan_;
};

/// Estimates log p(x), or log p(x|y) if the network reads labels, by importance sampling (Burda et al. 2016). Not
/// thread-safe. Autoencoder and model must outlive it.
class Likelihood {
 public:
  Likelihood(const subject::Autoencoder& autoencoder, compute::Model& model, StopFlag stop);

  /// Writes log mean_k exp(log p(x|z_k) + log p(z_k) - log q(z_k|x)) of images [n, C, H, W] to `nats` [n], with
  /// `samples` (at least 1) draws of z per image. The negative logarithm of p(x|z) is, up to a constant, the training
  /// loss summed over the pixels: Bernoulli for bce, normal with variance 1/2 for mse, Laplace with scale 1 for l1.
  /// Throws std::invalid_argument with the reason of density_fault(), if sizes do not match, or if the network reads
  /// labels and `labels` does not hold one per image.
  void estimate(std::span<const float> images, std::span<double> nats, std::int64_t samples, Rng& rng, Labels labels);

 private:
  void compile();
  /// Does the same for the images [n, C, H, W] of one batch; advances the key by one step per draw.
  void estimate_batch(std::span<const float> images, std::span<double> nats, std::int64_t samples,
                      compute::StepKey& key);

  const subject::Autoencoder& autoencoder_;
  compute::Model& model_;
  Node given_;  ///< input of p(x|z): logits for bce, else the reconstruction
  bool reads_labels_ = false;
  StopFlag stop_;
  std::optional<compute::Plan> plan_;
};

}  // namespace hourglass::evaluate

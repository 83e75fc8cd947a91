// The trained model as tasks see it.
#pragma once

#include <memory>

#include "evaluate/generation.hpp"
#include "evaluate/image_weights.hpp"
#include "evaluate/inference.hpp"
#include "evaluate/stop.hpp"
#include "evaluate/trained.hpp"
#include "hourglass/task.hpp"

namespace hourglass::evaluate {

class ModelFace final : public TrainedModel {
 public:
  ModelFace(const Trained& trained, StopFlag stop);

  ImageShape image_shape() const override;
  std::int64_t code_size() const override;
  bool reads_labels() const override { return reads_labels_; }

  void encode(std::span<const float> images, std::span<float> codes, Labels labels) override;
  void decode(std::span<const float> codes, std::span<float> images, Labels labels) override;
  void reconstruct(std::span<const float> images, std::span<float> out, Labels labels) override;
  void sample_codes(std::span<float> codes, Rng& rng, Labels labels) override;
  void log_likelihood(std::span<const float> images, std::span<double> nats, std::int64_t samples, Rng& rng,
                      Labels labels) override;
  bool has_prior() const override { return !prior_fault(autoencoder_); }
  bool has_density() const override { return !density_fault(autoencoder_); }
  bool has_decoder() const override;
  TrainedModel& initial() override;
  std::vector<ImageWeights> image_weights() const override { return evaluate::image_weights(autoencoder_, model_); }

 private:
  const subject::Subject& subject_;
  const subject::Autoencoder& autoencoder_;
  compute::Model& model_;
  bool reads_labels_;
  Inference encoder_, decoder_, whole_;
  PriorSampler sampler_;
  Likelihood likelihood_;
  StopFlag stop_;
  std::unique_ptr<compute::Model> initial_parameters_;
  std::unique_ptr<ModelFace> initial_;  ///< made at its first use
};

}  // namespace hourglass::evaluate

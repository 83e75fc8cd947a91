// The trained model as tasks see it.
#pragma once

#include "evaluate/generation.hpp"
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

 private:
  const subject::Autoencoder& autoencoder_;
  bool reads_labels_;
  Inference encoder_, decoder_, whole_;
  PriorSampler sampler_;
  Likelihood likelihood_;
};

}  // namespace hourglass::evaluate

#include "evaluate/faces/model_face.hpp"

#include "subject/initialise.hpp"

namespace hourglass::evaluate {

ModelFace::ModelFace(const Trained& trained, StopFlag stop)
    : subject_(trained.subject),
      autoencoder_(trained.subject.autoencoder),
      model_(trained.model),
      reads_labels_(evaluate::reads_labels(autoencoder_)),
      encoder_(autoencoder_, trained.model, autoencoder_.image, autoencoder_.code, stop),
      decoder_(autoencoder_, trained.model, autoencoder_.decoded, autoencoder_.reconstruction, stop),
      whole_(autoencoder_, trained.model, autoencoder_.image, autoencoder_.reconstruction, stop),
      sampler_(autoencoder_, trained.model, stop),
      likelihood_(autoencoder_, trained.model, stop),
      stop_(stop) {}

ImageShape ModelFace::image_shape() const { return autoencoder_.network->image_shape(); }

std::int64_t ModelFace::code_size() const { return autoencoder_.code_size(); }

void ModelFace::encode(std::span<const float> images, std::span<float> codes, Labels labels) {
  encoder_.apply(images, codes, labels);
}

void ModelFace::decode(std::span<const float> codes, std::span<float> images, Labels labels) {
  decoder_.apply(codes, images, labels);
}

void ModelFace::reconstruct(std::span<const float> images, std::span<float> out, Labels labels) {
  whole_.apply(images, out, labels);
}

void ModelFace::sample_codes(std::span<float> codes, Rng& rng, Labels labels) { sampler_.draw(codes, rng, labels); }

void ModelFace::log_likelihood(std::span<const float> images, std::span<double> nats, std::int64_t samples, Rng& rng,
                               Labels labels) {
  likelihood_.estimate(images, nats, samples, rng, labels);
}

bool ModelFace::has_decoder() const {
  return !needs(autoencoder_, compute::Leaf::image, autoencoder_.decoded, autoencoder_.reconstruction);
}

TrainedModel& ModelFace::initial() {
  if (!initial_) {
    initial_parameters_ = std::make_unique<compute::Model>(*autoencoder_.network, false);
    subject::initialise(*initial_parameters_, *autoencoder_.network, subject_.data, subject_.seed);
    initial_ = std::make_unique<ModelFace>(Trained{subject_, *initial_parameters_}, stop_);
  }
  return *initial_;
}

}  // namespace hourglass::evaluate

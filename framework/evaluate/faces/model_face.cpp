#include "evaluate/faces/model_face.hpp"

namespace hourglass::evaluate {

ModelFace::ModelFace(const Trained& trained, StopFlag stop)
    : autoencoder_(trained.subject.autoencoder),
      reads_labels_(evaluate::reads_labels(autoencoder_)),
      encoder_(autoencoder_, trained.model, autoencoder_.image, autoencoder_.code, stop),
      decoder_(autoencoder_, trained.model, autoencoder_.decoded, autoencoder_.reconstruction, stop),
      whole_(autoencoder_, trained.model, autoencoder_.image, autoencoder_.reconstruction, stop),
      sampler_(autoencoder_, trained.model, stop),
      likelihood_(autoencoder_, trained.model, stop) {}

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

}  // namespace hourglass::evaluate

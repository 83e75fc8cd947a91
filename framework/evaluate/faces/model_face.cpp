#include "evaluate/faces/model_face.hpp"

#include <stdexcept>

namespace hourglass::evaluate {

ModelFace::ModelFace(const Subject& subject, StopFlag stop)
    : autoencoder_(subject.autoencoder),
      encoder_(autoencoder_, subject.model, autoencoder_.image, autoencoder_.code, stop),
      decoder_(autoencoder_, subject.model, autoencoder_.decoded, autoencoder_.reconstruction, stop),
      whole_(autoencoder_, subject.model, autoencoder_.image, autoencoder_.reconstruction, stop) {}

ImageShape ModelFace::image_shape() const { return autoencoder_.network->image_shape(); }

std::int64_t ModelFace::code_size() const { return autoencoder_.code_size(); }

bool ModelFace::reads_labels() const {
  return encoder_.reads_labels() || decoder_.reads_labels() || whole_.reads_labels();
}

void ModelFace::encode(std::span<const float> images, std::span<float> codes, Labels labels) {
  encoder_.apply(images, codes, labels);
}

void ModelFace::decode(std::span<const float> codes, std::span<float> images, Labels labels) {
  decoder_.apply(codes, images, labels);
}

void ModelFace::reconstruct(std::span<const float> images, std::span<float> out, Labels labels) {
  whole_.apply(images, out, labels);
}

void ModelFace::sample_codes(std::span<float>, Rng&, Labels) {
  throw std::invalid_argument("the bottleneck of " + autoencoder_.name + " has no prior to draw codes from");
}

void ModelFace::log_likelihood(std::span<const float>, std::span<double>, std::int64_t, Rng&, Labels) {
  throw std::invalid_argument("the bottleneck of " + autoencoder_.name +
                              " has no prior, so that images have no likelihood");
}

}  // namespace hourglass::evaluate

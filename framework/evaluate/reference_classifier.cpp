// A small convolutional network, built like an encoder.
#include "evaluate/reference_classifier.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "base/hash.hpp"
#include "hourglass/layers.hpp"

namespace hourglass::evaluate {
namespace {

constexpr std::int64_t kFeatures = 64, kEpochs = 3;

/// [N, C, H, W] -> [N, filters, about H / 2, about W / 2], with relu.
Node halved(Node x, std::int64_t filters, std::int64_t kernel) {
  const auto inputs = x.shape().dims.at(0);
  const ConvOptions options{.kernel = kernel, .stride = 2, .padding = kernel / 2};
  return relu(
      conv2d(x, conv2d_weights(x.owner(), inputs, filters, options, he_normal(inputs * kernel * kernel)), options));
}

subject::Autoencoder network_for(const subject::Data& data) {
  subject::Autoencoder result;
  result.name = "the reference classifier";
  result.network = std::make_unique<compute::Network>(data.shape(), data.classes());
  result.network->begin_part("reference");
  result.image = result.network->image();
  const Node x = flatten(halved(halved(result.image, 16, 5), 32, 3));  // [N, 32 * H / 4 * W / 4]
  const auto inputs = x.shape().size();
  result.code = relu(dense(x, dense_weights(x.owner(), inputs, kFeatures, he_normal(inputs))));
  return result;
}

}  // namespace

train::Classifier train_reference(const subject::Data& data, StopFlag stop) {
  const train::ClassifierOptions options{
      .training = train::ClassifierOptions::Training::scratch, .epochs = kEpochs, .seed = 0, .before_step = [stop] {
        stop.check();
      }};
  return train::train_classifier(network_for(data), data, {}, options);
}

std::string reference_description(const train::Classifier& classifier, std::int64_t images) {
  const auto parameters = classifier.parameters();
  const auto hash =
      base::hash_hex(std::span(reinterpret_cast<const std::uint8_t*>(parameters.data()), parameters.size_bytes()));
  return fmt::format("reference classifier (conv 16-32, dense {}, {} epochs of Adam on {} training images) {}",
                     kFeatures, kEpochs, images, hash.substr(0, 8));
}

}  // namespace hourglass::evaluate

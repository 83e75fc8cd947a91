// A network that needs more than it is given says so instead of computing without.
#include "evaluate/inference.hpp"

#include <doctest/doctest.h>

#include "hourglass/layers.hpp"

using namespace hourglass;

TEST_CASE("inference: a decoder that needs labels is refused by name, the encoder before it is not") {
  subject::Autoencoder autoencoder;
  autoencoder.name = "architecture told and bottleneck dense";
  autoencoder.network = std::make_unique<compute::Network>(ImageShape{1, 2, 2}, 3);
  auto& network = *autoencoder.network;
  autoencoder.image = network.image();
  autoencoder.code = autoencoder.decoder_input = dense(flatten(autoencoder.image), 2);
  autoencoder.reconstruction = to_image(dense(concat({autoencoder.code, network.labels()}), 4), {1, 2, 2});
  compute::Model model(network, false);
  model.initialise(network, 1);

  evaluate::Inference inference(autoencoder, model);
  const std::vector<float> images(4, 0.5F);
  std::vector<float> codes(2), out(4);
  inference.encode(images, codes);
  CHECK(codes[0] != 0);
  CHECK_THROWS_WITH_AS(inference.reconstruct(images, out),
                       "the network of architecture told and bottleneck dense needs labels on the way from [N, 1, 2, "
                       "2] to [N, 1, 2, 2], and what a task gives it comes without labels",
                       std::invalid_argument);
  CHECK_THROWS_AS(inference.decode(codes, out), std::invalid_argument);
}

TEST_CASE("inference: a decoder that reads the image is refused a code alone, and reconstructs") {
  subject::Autoencoder autoencoder;
  autoencoder.name = "architecture unet and bottleneck dense";
  autoencoder.network = std::make_unique<compute::Network>(ImageShape{1, 2, 2}, 0);
  autoencoder.image = autoencoder.network->image();
  const Node pixels = flatten(autoencoder.image);
  autoencoder.code = autoencoder.decoder_input = dense(pixels, 2);
  autoencoder.reconstruction = to_image(dense(concat({autoencoder.code, pixels}), 4), {1, 2, 2});
  compute::Model model(*autoencoder.network, false);
  model.initialise(*autoencoder.network, 1);

  evaluate::Inference inference(autoencoder, model);
  std::vector<float> codes(2), out(4);
  inference.reconstruct(std::vector<float>(4, 0.5F), out);
  CHECK(out[0] != 0);
  CHECK_THROWS_WITH_AS(
      inference.decode(codes, out),
      "the decoder of architecture unet and bottleneck dense reads the image beside the code, so that a "
      "code alone cannot be decoded",
      std::invalid_argument);
}

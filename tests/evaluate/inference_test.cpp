// A network that needs labels says so instead of computing without them.
#include "evaluate/inference.hpp"

#include <doctest/doctest.h>

#include "hourglass/layers.hpp"

using namespace hourglass;

TEST_CASE("inference: a decoder that needs labels is refused by name, the encoder before it is not") {
  train::Autoencoder autoencoder;
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

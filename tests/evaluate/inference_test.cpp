// Networks that read labels or the image on the way: what they are given, and what they refuse.
#include "evaluate/inference.hpp"

#include <doctest/doctest.h>

#include "evaluate/evaluated.hpp"
#include "hourglass/layers.hpp"

using namespace hourglass;
using test::Evaluated;
using test::Faces;

namespace {

/// A network for images of `shape` whose encoder, or decoder, reads the label.
subject::Autoencoder labelled(ImageShape shape, std::int64_t classes, bool encoder, bool decoder) {
  subject::Autoencoder autoencoder;
  autoencoder.name = "architecture told and bottleneck dense";
  autoencoder.network = std::make_unique<compute::Network>(shape, classes);
  auto& network = *autoencoder.network;
  autoencoder.image = network.image();
  const Node pixels = flatten(autoencoder.image);
  autoencoder.code = autoencoder.decoded = autoencoder.decoder_input =
      dense(encoder ? concat({pixels, network.labels()}) : pixels, 2);
  const Node told = decoder ? concat({autoencoder.code, network.labels()}) : autoencoder.code;
  autoencoder.reconstruction = to_image(dense(told, shape.size()), shape);
  return autoencoder;
}

Evaluated labelled_run(bool encoder, bool decoder) {
  return {test::resolve_experiment(test::kEvaluated),
          [&](const subject::Data& data) { return labelled(data.shape(), data.classes(), encoder, decoder); }};
}

}  // namespace

TEST_CASE("inference: a decoder that reads labels is refused without them by name, the encoder is not") {
  const auto autoencoder = labelled({1, 2, 2}, 3, false, true);
  compute::Model model(*autoencoder.network, false);
  model.initialise(*autoencoder.network, 1);
  evaluate::Inference encoder(autoencoder, model, autoencoder.image, autoencoder.code, {});
  evaluate::Inference whole(autoencoder, model, autoencoder.image, autoencoder.reconstruction, {});
  CHECK_FALSE(encoder.reads_labels());
  CHECK(whole.reads_labels());
  const std::vector<float> images(8, 0.5F);
  std::vector<float> codes(4), out(8);
  encoder.apply(images, codes, {});
  CHECK(codes[0] != 0);
  CHECK_THROWS_WITH_AS(whole.apply(images, out, {}),
                       "the network of architecture told and bottleneck dense reads labels, and got 0 for 2 rows; pass "
                       "one for each",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(whole.apply(images, out, std::vector<std::int32_t>{2, 3}),
                       "label 1 is 3; the dataset has 3 classes, numbered from 0", std::invalid_argument);
  whole.apply(images, out, std::vector<std::int32_t>{2, 1});
  CHECK(out[0] != out[4]);
  const float second = out[4];
  whole.apply(std::span(images).first(4), std::span(out).first(4), std::vector<std::int32_t>{1});
  CHECK(out[0] == second);
}

TEST_CASE("inference: a decoder that reads the image is refused a code alone, and reconstructs") {
  subject::Autoencoder autoencoder;
  autoencoder.name = "architecture unet and bottleneck dense";
  autoencoder.network = std::make_unique<compute::Network>(ImageShape{1, 2, 2}, 0);
  autoencoder.image = autoencoder.network->image();
  const Node pixels = flatten(autoencoder.image);
  autoencoder.code = autoencoder.decoded = autoencoder.decoder_input = dense(pixels, 2);
  autoencoder.reconstruction = to_image(dense(concat({autoencoder.code, pixels}), 4), {1, 2, 2});
  compute::Model model(*autoencoder.network, false);
  model.initialise(*autoencoder.network, 1);

  evaluate::Inference whole(autoencoder, model, autoencoder.image, autoencoder.reconstruction, {});
  evaluate::Inference decoder(autoencoder, model, autoencoder.decoded, autoencoder.reconstruction, {});
  std::vector<float> codes(2), out(4);
  whole.apply(std::vector<float>(4, 0.5F), out, {});
  CHECK(out[0] != 0);
  CHECK_THROWS_WITH_AS(
      decoder.apply(codes, out, {}),
      "the decoder of architecture unet and bottleneck dense reads the image as well as the code, so that a "
      "code alone cannot be decoded",
      std::invalid_argument);
}

TEST_CASE("inference: a prior that reads labels makes the network one that does, what training alone reads does not") {
  auto autoencoder = labelled({1, 2, 2}, 3, false, false);
  auto& network = *autoencoder.network;
  CHECK_FALSE(evaluate::reads_labels(autoencoder));
  network.penalty("cross_entropy", network.labels() * dense(autoencoder.code, 3), 1);
  CHECK_FALSE(evaluate::reads_labels(autoencoder));
  autoencoder.prior_sample = standard_normal(network, 2) + dense(network.labels(), 2);
  CHECK(evaluate::reads_labels(autoencoder));
}

TEST_CASE("faces: codes of a split are made with its true classes") {
  auto run = labelled_run(true, false);
  Faces faces(run);
  REQUIRE(faces.model.reads_labels());
  const auto labels = faces.data.labels(Split::test);
  std::vector<float> codes(2 * 20);
  faces.model.encode(test::some(faces.data.clean(Split::test), 30, 20), codes, labels.subspan(30, 20));
  CHECK(test::some(faces.data.codes(Split::test), 30, 20) == codes);
}

TEST_CASE("faces: compare reconstructs with the true classes, and needs the images of the split") {
  auto run = labelled_run(false, true);
  Faces faces(run);
  const auto& clean = faces.data.clean(Split::test);
  faces.scores.compare(clean, clean, Split::test, "clean");
  const auto reported = faces.report.take_metrics();
  const auto& autoencoder = run.subject.autoencoder;
  evaluate::Inference whole(autoencoder, run.model, autoencoder.image, autoencoder.reconstruction, {});
  const auto images = test::all(clean);
  std::vector<float> out(images.size());
  whole.apply(images, out, faces.data.labels(Split::test));
  double sum = 0;
  for (std::size_t i = 0; i < out.size(); ++i) sum += (out[i] - images[i]) * (out[i] - images[i]);
  CHECK(reported.at(0).name == "mse");
  CHECK(reported.at(0).value == doctest::Approx(sum / static_cast<double>(out.size())).epsilon(1e-5));
  CHECK_THROWS_WITH(faces.scores.compare(clean, clean, Split::train, "clean"),
                    "the model reads labels, and 300 inputs are not the 360 images of the train split");
}

TEST_CASE("faces: all tasks run on a network that reads labels") {
  auto run = labelled_run(true, true);
  for (const auto& task : run.tasks()) {
    const auto result = run.run(task);
    CHECK(result.error == "");
    CHECK(!result.metrics.empty());
  }
}

// Networks whose encoder or decoder reads labels or the image: their inputs, and what is refused.
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
  autoencoder.name = "architecture conditional and bottleneck dense";
  autoencoder.network = std::make_unique<compute::Network>(shape, classes);
  auto& network = *autoencoder.network;
  autoencoder.image = network.image();
  const Node pixels = flatten(autoencoder.image);
  autoencoder.code = autoencoder.decoded = autoencoder.decoder_input =
      dense(encoder ? concat({pixels, network.labels()}) : pixels, 2);
  const Node decoder_input = decoder ? concat({autoencoder.code, network.labels()}) : autoencoder.code;
  autoencoder.reconstruction = to_image(dense(decoder_input, shape.size()), shape);
  return autoencoder;
}

Evaluated labelled_run(bool encoder, bool decoder) {
  return {test::resolve_experiment(test::kEvaluated),
          [&](const subject::Data& data) { return labelled(data.shape(), data.classes(), encoder, decoder); }};
}

}  // namespace

TEST_CASE("inference: a decoder that reads labels requires them, its encoder does not") {
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
  CHECK_THROWS_WITH_AS(
      whole.apply(images, out, {}),
      "the network of architecture conditional and bottleneck dense expects a label for each of 2 rows, but got 0",
      std::invalid_argument);
  CHECK_THROWS_WITH_AS(whole.apply(images, out, std::vector<std::int32_t>{2, 3}),
                       "label 1 is out of range: expected 0 to 2, but got 3", std::invalid_argument);
  whole.apply(images, out, std::vector<std::int32_t>{2, 1});
  CHECK(out[0] != out[4]);
  const float second = out[4];
  whole.apply(std::span(images).first(4), std::span(out).first(4), std::vector<std::int32_t>{1});
  CHECK(out[0] == second);
}

TEST_CASE("inference: a decoder that reads the image reconstructs, but cannot decode a code alone") {
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
      "the decoder of architecture unet and bottleneck dense reads the image as well as the code, so it "
      "cannot decode a code alone",
      std::invalid_argument);
}

TEST_CASE("inference: a network reads labels if its prior does, but not if only training does") {
  auto autoencoder = labelled({1, 2, 2}, 3, false, false);
  auto& network = *autoencoder.network;
  CHECK_FALSE(evaluate::reads_labels(autoencoder));
  network.penalty("cross_entropy", network.labels() * dense(autoencoder.code, 3), 1);
  CHECK_FALSE(evaluate::reads_labels(autoencoder));
  autoencoder.prior_sample = standard_normal(network, 2) + dense(network.labels(), 2);
  CHECK(evaluate::reads_labels(autoencoder));
}

TEST_CASE("faces: codes of a split are computed with its true classes") {
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
                    "the model reads labels, so inputs of the train split expect its 360 images, but got 300");
}

TEST_CASE("faces: all tasks run on a network that reads labels") {
  auto run = labelled_run(true, true);
  for (const auto& task : run.tasks()) {
    const auto result = run.run(task);
    CHECK(result.error == "");
    CHECK(!result.metrics.empty());
  }
}

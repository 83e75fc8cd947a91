// What tasks compare a model with: its untrained network, principal components, artificial images; and the weights that
// read an image.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "evaluate/evaluated.hpp"
#include "evaluate/image_weights.hpp"
#include "hourglass/layers.hpp"

using namespace hourglass;
using test::all;
using test::Evaluated;
using test::Faces;
using test::some;

TEST_CASE("representations: random codes are those of the network with the run's initial parameters") {
  Evaluated run;  // untrained, with the seed of the run
  Faces faces(run);
  const auto initial = all(faces.data.represent(Representation::random_codes, Split::test));
  CHECK(initial == all(faces.data.codes(Split::test)));
  std::ranges::fill(run.model.parameters(), 0.5F);
  Faces trained(run);
  CHECK(all(trained.data.codes(Split::test)) != initial);
  CHECK(all(trained.data.represent(Representation::random_codes, Split::test)) == initial);
}

TEST_CASE("representations: principal components are uncorrelated on train, as many as the code has units") {
  Evaluated run;
  Faces faces(run);
  const auto& components = faces.data.represent(Representation::pca, Split::train);
  REQUIRE(components.columns() == 3);
  const auto values = all(components);
  double sum = 0, product = 0, square = 0;
  for (std::size_t i = 0; i < values.size(); i += 3) {
    sum += values[i];
    product += values[i] * values[i + 1];
    square += values[i] * values[i];
  }
  CHECK(std::abs(sum / square) < 1e-4);
  CHECK(std::abs(product / square) < 1e-4);
  CHECK(&faces.data.represent(Representation::pixels, Split::test) == &faces.data.clean(Split::test));
}

TEST_CASE("representations: there are no principal components for a code as wide as an image") {
  Evaluated run(std::string(test::kEvaluated) + "\n[train]\nepochs = 1\n");
  Faces faces(run);
  CHECK(faces.data.representations().size() == 4);
  Evaluated wide(test::resolve_experiment(test::kEvaluated, {"bottleneck.size=64"}), nullptr);
  Faces of_wide(wide);
  CHECK(of_wide.data.representations() ==
        std::vector<Representation>{Representation::codes, Representation::pixels, Representation::random_codes});
  CHECK_THROWS_AS(of_wide.data.represent(Representation::pca, Split::test), std::invalid_argument);
}

TEST_CASE("outliers: shuffled images have the pixels of theirs in another order; both kinds are read in any pieces") {
  Evaluated run;
  Faces faces(run);
  for (const auto kind : {Outliers::shuffled, Outliers::uniform}) {
    const auto& outliers = faces.data.outliers(kind, Split::test);
    const auto values = all(outliers);
    CHECK(some(outliers, 7, 2) == std::vector<float>(values.begin() + 7 * 64, values.begin() + 9 * 64));
    auto image = some(outliers, 5, 1), clean = some(faces.data.clean(Split::test), 5, 1);
    CHECK(image != clean);
    std::ranges::sort(image);
    std::ranges::sort(clean);
    CHECK((image == clean) == (kind == Outliers::shuffled));
    CHECK(std::ranges::all_of(values, [](float pixel) { return pixel >= 0 && pixel <= 1; }));
  }
}

TEST_CASE("image weights: a unit's weights give what it adds for each pixel") {
  Evaluated run;
  Faces faces(run);
  const auto weights = faces.model.image_weights();
  REQUIRE(weights.size() == 1);
  CHECK(weights[0].layer == "encoder.dense_0.weight");
  CHECK(weights[0].shape == ImageShape{1, 8, 8});
  REQUIRE(weights[0].values.size() == 12 * 64);
  const auto& parameter = run.subject.autoencoder.network->parameters()[0];
  const auto stored = run.model.parameters().subspan(static_cast<std::size_t>(parameter.offset));
  for (std::size_t unit = 0; unit < 12; ++unit) {
    for (std::size_t pixel = 0; pixel < 64; ++pixel)
      CHECK(weights[0].values[unit * 64 + pixel] == stored[pixel * 12 + unit]);
  }
}

TEST_CASE("image weights: kernels of convolutions, and layers behind a shift of the image, but not later layers") {
  subject::Autoencoder made;
  made.network = std::make_unique<compute::Network>(ImageShape{2, 4, 4}, 0);
  made.network->begin_part("encoder");
  const Node image = made.image = made.network->image();
  const Node features = flatten(relu(conv2d(image, 3, {.kernel = 3, .padding = 1})));
  const Node later = dense(dense(flatten(image) * 2.0 + 1.0, 32), 5);
  made.code = concat({dense(features, 2), later});
  compute::Model model(*made.network, false);
  const auto weights = evaluate::image_weights(made, model);
  REQUIRE(weights.size() == 2);
  CHECK(weights[0].shape == ImageShape{2, 3, 3});
  CHECK(weights[0].values.size() == 3 * 18);
  CHECK(weights[1].shape == ImageShape{2, 4, 4});
  CHECK(weights[1].values.size() == 32 * 32);
}

TEST_CASE("reference classifier: it does not depend on the model, and describes itself by a fingerprint") {
  Evaluated run;
  Faces faces(run);
  auto& reference = faces.fit.reference();
  const auto described = reference.description();
  CHECK(&faces.fit.reference() == &reference);
  CHECK(reference.result().test_accuracy > 0.6);
  std::vector<float> probabilities(2), features(static_cast<std::size_t>(reference.feature_count()));
  reference.probabilities(some(faces.data.clean(Split::test), 0, 1), probabilities);
  reference.features(some(faces.data.clean(Split::test), 0, 1), features);
  CHECK(probabilities[0] + probabilities[1] == doctest::Approx(1));
  CHECK(std::ranges::any_of(features, [](float value) { return value > 0; }));
  Evaluated other(test::resolve_experiment(test::kEvaluated, {"bottleneck.size=5"}), nullptr);
  Faces of_other(other);
  CHECK(of_other.fit.reference().description() == described);
}

TEST_CASE("fit: a frozen classifier of images is the logistic regression on codes, alone and among other images") {
  Evaluated run;
  Faces faces(run);
  const auto classifier = faces.fit.image_classifier({});
  CHECK(classifier->result().test_accuracy == faces.fit.classifier({}).test_accuracy);
  CHECK(classifier->description() == "logistic regression on the codes of 360 labelled images");
  std::vector<float> probabilities(600), one(2);
  classifier->probabilities(all(faces.data.clean(Split::test)), probabilities);
  const auto labels = faces.data.labels(Split::test);
  int right = 0;
  for (std::size_t i = 0; i < 300; ++i) {
    CHECK(probabilities[2 * i] + probabilities[2 * i + 1] == doctest::Approx(1));
    right += (probabilities[2 * i + 1] > probabilities[2 * i]) == (labels[i] == 1);
  }
  CHECK(right / 300.0 == doctest::Approx(classifier->result().test_accuracy));
  classifier->probabilities(some(faces.data.clean(Split::test), 270, 1), one);
  CHECK(one == std::vector<float>(probabilities.begin() + 540, probabilities.begin() + 542));
  CHECK_THROWS_WITH(faces.fit.image_classifier({.inputs = Representation::pixels}),
                    "a frozen classifier of images reads codes alone");
}

// What tasks get from the faces of their context, on a small model that has not been trained.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/files.hpp"
#include "evaluate/evaluated.hpp"
#include "evaluate/memory_rows.hpp"

using namespace hourglass;
using test::all;
using test::Evaluated;
using test::Faces;
using test::some;

namespace {

std::vector<float> part(const std::vector<float>& values, std::int64_t columns, std::int64_t first,
                        std::int64_t count) {
  return {values.begin() + first * columns, values.begin() + (first + count) * columns};
}

}  // namespace

TEST_CASE("faces: a reconstruction does not depend on how many images are asked for at once") {
  Evaluated run;
  Faces faces(run);
  const auto images = all(faces.data.clean(Split::test));
  std::vector<float> together(images.size()), alone(64);
  faces.model.reconstruct(images, together, {});
  for (const std::int64_t i : {0, 100, 256, 299}) {
    faces.model.reconstruct(part(images, 64, i, 1), alone, {});
    CHECK(alone == part(together, 64, i, 1));
  }
}

TEST_CASE("faces: decoding a code gives the reconstruction") {
  Evaluated run;
  Faces faces(run);
  const auto images = some(faces.data.clean(Split::test), 0, 5);
  std::vector<float> codes(15), decoded(images.size()), whole(images.size());
  faces.model.encode(images, codes, {});
  faces.model.decode(codes, decoded, {});
  faces.model.reconstruct(images, whole, {});
  for (std::size_t i = 0; i < whole.size(); ++i) CHECK(decoded[i] == doctest::Approx(whole[i]).epsilon(1e-5));
}

TEST_CASE("faces: the codes of a split are those of its clean images") {
  Evaluated run;
  Faces faces(run);
  std::vector<float> codes(15);
  faces.model.encode(some(faces.data.clean(Split::train), 20, 5), codes, {});
  CHECK(some(faces.data.codes(Split::train), 20, 5) == codes);
  CHECK(faces.data.codes(Split::train).columns() == 3);
}

TEST_CASE("faces: noise is the same in whatever pieces it is read, and another for every image and split") {
  Evaluated run;
  Faces faces(run);
  const auto& noisy = faces.data.noisy(Split::test);
  const auto whole = all(noisy);
  CHECK(some(noisy, 250, 20) == part(whole, 64, 250, 20));
  const auto error = [&](Split split, std::int64_t row) {
    auto values = some(faces.data.noisy(split), row, 1);
    const auto clean = some(faces.data.clean(split), row, 1);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] -= clean[i];
    return values;
  };
  CHECK(error(Split::test, 0) != error(Split::test, 1));
  CHECK(error(Split::test, 0) != error(Split::train, 0));
}

TEST_CASE("faces: baselines are fitted on train and validation together") {
  Evaluated run;
  Faces faces(run);
  std::vector<double> mean(64);
  for (const auto split : {Split::train, Split::validation}) {
    const auto values = all(faces.data.clean(split));
    for (std::size_t i = 0; i < values.size(); ++i) mean[i % 64] += values[i] / 400.0;
  }
  CHECK(faces.data.clean(Split::validation).rows() > 0);
  std::vector<float> out(64);
  faces.scores.baseline("mean_image")(some(faces.data.clean(Split::test), 0, 1), out);
  for (std::size_t i = 0; i < 64; ++i) CHECK(out[i] == doctest::Approx(mean[i]).epsilon(1e-6));
}

TEST_CASE("faces: every baseline that is listed maps images; another name lists those there are") {
  Evaluated run;
  Faces faces(run);
  const auto images = some(faces.data.noisy(Split::test), 0, 7);
  std::vector<float> out(images.size());
  for (const auto& name : faces.scores.baselines(true)) {
    CAPTURE(name);
    std::fill(out.begin(), out.end(), std::numeric_limits<float>::quiet_NaN());
    faces.scores.baseline(name)(images, out);
    CHECK(std::ranges::all_of(out, [](float value) { return std::isfinite(value); }));
  }
  CHECK_THROWS_WITH(faces.scores.baseline("median"),
                    "there is no baseline 'median' here; there are mean_image, identity, pca, linear_denoiser");
}

TEST_CASE("faces: a classifier with a label budget sees no more labels than that") {
  Evaluated run;
  Faces faces(run);
  const auto few = faces.fit.classifier({.labels = 4}), many = faces.fit.classifier({});
  // Four points in three dimensions are told apart without an error; hundreds are not.
  CHECK(few.train_loss < 0.2);
  CHECK(many.train_loss > few.train_loss);
}

TEST_CASE("faces: a metric without a value or with an unfit name is refused") {
  Evaluated run;
  Faces faces(run);
  CHECK_THROWS_WITH(faces.report.metric({"mse", Split::test, std::numeric_limits<double>::quiet_NaN(), "1/px",
                                         Direction::lower, "", "pca"}),
                    "metric 'mse' of test (pca) is not a number");
  CHECK_THROWS_WITH(faces.report.metric({"Mean error", Split::test, 1, "1", Direction::lower, ""}),
                    "'Mean error' cannot name a metric: names are made of a-z, 0-9 and _, at least one of them");
}

TEST_CASE("faces: a code as wide as an image has no pca beside it, which would only give back what it gets") {
  const auto rows = test::decaying(20, 6, 1);
  for (const auto& [code_size, there] : {std::pair{5, true}, std::pair{6, false}, std::pair{9, false}}) {
    CAPTURE(code_size);
    evaluate::Baselines baselines(rows, rows, code_size);
    for (const bool denoising : {false, true}) {
      CHECK((std::ranges::count(baselines.names(denoising), "pca") == 1) == there);
    }
    if (!there) CHECK_THROWS_AS(baselines.map("pca"), std::invalid_argument);
  }
}

TEST_CASE("fit: each seed draws other labels, and more labels than there are are refused") {
  Evaluated run;
  Faces faces(run);
  const auto accuracy = [&](std::int64_t seed) {
    return faces.fit.classifier({.labels = 10, .seed = seed}).test_accuracy;
  };
  CHECK(accuracy(0) == accuracy(0));
  CHECK((accuracy(1) != accuracy(0) || accuracy(2) != accuracy(0)));
  CHECK_THROWS_WITH(faces.fit.classifier({.labels = 361}),
                    "a classifier asks for 361 labelled training images, and there are 360");
}

TEST_CASE("fit: an encoder is trained as well, from the trained one or from new parameters, and the model stays") {
  Evaluated run;
  Faces faces(run);
  const std::vector<float> before(run.model.parameters().begin(), run.model.parameters().end());
  using Training = ClassifierOptions::Training;
  const auto fitted = [&](Training training, std::int64_t seed = 0) {
    return faces.fit.classifier(
        {.training = training, .labels = 100, .epochs = 30, .learning_rate = 0.01, .batch_size = 50, .seed = seed});
  };
  const auto joint = fitted(Training::joint);
  CHECK(joint.iterations == 60);
  CHECK(joint.train_loss < 0.6);
  CHECK(joint.train_accuracy > 0.7);
  CHECK(joint.test_accuracy > 0.7);
  CHECK(joint.test_accuracy <= 1);
  CHECK(fitted(Training::joint).train_loss == joint.train_loss);
  CHECK(fitted(Training::joint, 1).train_loss != joint.train_loss);
  CHECK(std::ranges::equal(before, run.model.parameters()));
  // The model has not been trained: its parameters are the initial values, from which seed 0 starts.
  CHECK(fitted(Training::scratch).train_loss == joint.train_loss);
  std::ranges::fill(run.model.parameters(), 0.0F);
  CHECK(fitted(Training::scratch).train_loss == joint.train_loss);
  CHECK(fitted(Training::joint).train_loss != joint.train_loss);
  run.stop = true;
  CHECK_THROWS_AS(fitted(Training::scratch), evaluate::Stopped);
}

TEST_CASE("fit: accuracies of a classifier that is trained with the encoder are shares of the split") {
  Evaluated run;
  Faces faces(run);
  // Without steps that move anything it names the same classes as a head from the same seed.
  const train::ClassifierOptions none{
      .training = train::ClassifierOptions::Training::joint, .epochs = 1, .learning_rate = 0, .seed = 7};
  auto classifier = train::train_classifier(run.subject, run.model, none);
  for (const auto split : {Split::train, Split::test}) {
    const auto images = all(faces.data.clean(split));
    const auto labels = faces.data.labels(split);
    std::vector<std::int32_t> classes(labels.size());
    classifier.predict(images, classes);
    double right = 0;
    for (std::size_t i = 0; i < classes.size(); ++i) right += classes[i] == labels[i] ? 1 : 0;
    const auto fitted = faces.fit.classifier(
        {.training = ClassifierOptions::Training::joint, .epochs = 1, .learning_rate = 0, .seed = 0});
    CHECK((split == Split::train ? fitted.train_accuracy : fitted.test_accuracy) ==
          doctest::Approx(right / static_cast<double>(labels.size())));
  }
}

TEST_CASE("fit: no epochs and no images in a batch are refused") {
  Evaluated run;
  Faces faces(run);
  CHECK_THROWS_WITH(
      faces.fit.classifier({.training = ClassifierOptions::Training::joint, .epochs = 0, .batch_size = 0}),
      "a classifier takes at least 1 epoch and 1 image in a batch, got 0 and 0");
}

TEST_CASE("scores: compare reports the model and every baseline under one protocol") {
  Evaluated run;
  Faces faces(run);
  const auto &noisy = faces.data.noisy(Split::test), &clean = faces.data.clean(Split::test);
  faces.scores.compare(noisy, clean, Split::test, "noisy against clean");
  const auto metrics = faces.report.take_metrics();
  std::vector<std::string> of;
  for (const auto& metric : metrics) {
    if (of.empty() || of.back() != metric.baseline) of.push_back(metric.baseline);
    CHECK(metric.protocol == (metric.baseline.empty()
                                  ? "noisy against clean"
                                  : "noisy against clean; baseline fitted on train and validation"));
  }
  CHECK(of == std::vector<std::string>{"", "mean_image", "identity", "pca", "linear_denoiser"});
  const auto own = faces.scores.score(noisy, clean);
  const auto identity = std::ranges::find_if(
      metrics, [](const Metric& each) { return each.baseline == "identity" && each.name == "ssim"; });
  REQUIRE(identity != metrics.end());
  CHECK(identity->value == own.ssim);
  CHECK(own.images == 300);
}

TEST_CASE("scores: images against themselves have no linear denoiser and no infinite ratio") {
  Evaluated run;
  Faces faces(run);
  const auto& clean = faces.data.clean(Split::test);
  faces.scores.compare(clean, clean, Split::test, "clean");
  for (const auto& metric : faces.report.take_metrics()) {
    CHECK(metric.baseline != "linear_denoiser");
    CHECK((metric.baseline != "identity" || metric.name != "psnr"));
  }
}

TEST_CASE("scores: rows that do not belong together are refused") {
  Evaluated run;
  Faces faces(run);
  CHECK_THROWS_WITH(faces.scores.score(faces.data.clean(Split::test), faces.data.clean(Split::train)),
                    "images [300, 64] cannot be scored against targets [360, 64]: both need the same number of rows "
                    "and the 64 pixels of an image in each");
  const test::MemoryRows none({}, 64);
  CHECK_THROWS_WITH(faces.scores.score(none, none), "there are no images to score: the split is empty");
}

TEST_CASE("report: a metric that is not a number is refused") {
  Evaluated run;
  Faces faces(run);
  CHECK_THROWS_WITH(
      faces.report.metric({"mse", Split::test, std::numeric_limits<double>::quiet_NaN(), "1/px", Direction::lower, ""}),
      "metric 'mse' of test is not a number");
}

TEST_CASE("report: no file of a task replaces another, but a task that is repeated replaces its own") {
  Evaluated run;
  Faces faces(run);
  const auto write = [&] { faces.report.table("confusion", {"class"}, {{"a"}}); };
  write();
  CHECK_THROWS_WITH(write(), "the table 'confusion' was written before; give this one another name");
  faces.report.begin(run.folder / "some_task");
  CHECK_NOTHROW(write());
  faces.report.begin(run.folder / "other");
  CHECK_NOTHROW(write());
}

TEST_CASE("report: a row that is not as long as the columns is refused") {
  Evaluated run;
  Faces faces(run);
  CHECK_THROWS_WITH(faces.report.table("confusion", {"class", "count"}, {{"a"}}),
                    "table 'confusion' has 2 columns and a row of 1 cells");
}

TEST_CASE("report: a curve is a table with a row for each point") {
  Evaluated run;
  Faces faces(run);
  faces.report.curve("roc",
                     {"false positives", "true positives", {"model", "pca"}, {{{0, 0}, {0.1, 1}}, {{0.5, 0.25}}}});
  CHECK(base::read_file(run.folder / "some_task" / "roc.csv") ==
        "series,false positives,true positives\nmodel,0,0\nmodel,0.1,1\npca,0.5,0.25\n");
  CHECK_THROWS_WITH(faces.report.curve("pr", {"x", "y", {"model"}, {}}), "curve 'pr' names 1 lines and has 0");
}

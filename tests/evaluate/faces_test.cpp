// The faces of a task's context, on a small untrained model.
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

TEST_CASE("faces: a reconstruction does not depend on the number of images in a call") {
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

TEST_CASE("faces: noise does not depend on the pieces in which it is read, and differs between images and splits") {
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

TEST_CASE("faces: baselines are fitted on the images that the model is trained on") {
  Evaluated run;
  Faces faces(run);
  std::vector<double> mean(64);
  const auto values = all(faces.data.clean(Split::train));
  for (std::size_t i = 0; i < values.size(); ++i) mean[i % 64] += values[i] / 360.0;
  CHECK(faces.data.clean(Split::validation).rows() == 40);
  std::vector<float> out(64);
  faces.scores.baseline("mean_image")(some(faces.data.clean(Split::test), 0, 1), out);
  for (std::size_t i = 0; i < 64; ++i) CHECK(out[i] == doctest::Approx(mean[i]).epsilon(1e-6));
}

TEST_CASE("faces: every listed baseline maps images; for an unknown name, the error lists them") {
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
  CHECK_THROWS_WITH(
      faces.scores.baseline("median"),
      "unknown baseline 'median': expected one of mean_image, identity, pca, pca_denoiser, linear_denoiser");
}

TEST_CASE("faces: a classifier reads no more labels than its budget") {
  Evaluated run;
  Faces faces(run);
  const auto few = faces.fit.classifier({.labels = 4}), many = faces.fit.classifier({});
  // Four points in three dimensions can be separated without an error; hundreds cannot.
  CHECK(few.train_loss < 0.2);
  CHECK(many.train_loss > few.train_loss);
}

TEST_CASE("faces: a metric that is NaN or has a name with other characters is refused") {
  Evaluated run;
  Faces faces(run);
  CHECK_THROWS_WITH(faces.report.metric({"mse", Split::test, std::numeric_limits<double>::quiet_NaN(), "1/px",
                                         Direction::lower, "", "pca"}),
                    "metric 'mse' of test (pca) is not a number");
  CHECK_THROWS_WITH(faces.report.metric({"Mean error", Split::test, 1, "1", Direction::lower, ""}),
                    "the name of a metric expects one or more of a-z, 0-9 and _, but got 'Mean error'");
}

TEST_CASE("faces: there is no pca baseline for a code as wide as an image, where it would be the identity") {
  const auto rows = test::decaying(20, 6, 1);
  for (const auto& [code_size, there] : {std::pair{5, true}, std::pair{6, false}, std::pair{9, false}}) {
    CAPTURE(code_size);
    evaluate::Baselines baselines(rows, rows, code_size);
    CHECK((std::ranges::count(baselines.names(false), "pca") == 1) == there);
    if (!there) CHECK_THROWS_AS(baselines.map("pca"), std::invalid_argument);
  }
}

TEST_CASE("fit: each seed draws different labels, and more labels than train has are refused") {
  Evaluated run;
  Faces faces(run);
  const auto accuracy = [&](std::int64_t seed) {
    return faces.fit.classifier({.labels = 10, .seed = seed}).test_accuracy;
  };
  CHECK(accuracy(0) == accuracy(0));
  CHECK((accuracy(1) != accuracy(0) || accuracy(2) != accuracy(0)));
  CHECK_THROWS_WITH(faces.fit.classifier({.labels = 361}),
                    "a classifier expects at most 360 labels, the size of train, but got 361");
}

TEST_CASE("fit: trains an encoder as well, from trained or new parameters, and does not change the model") {
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
  // The model is untrained: its parameters are the initial values, from which seed 0 starts.
  CHECK(fitted(Training::scratch).train_loss == joint.train_loss);
  std::ranges::fill(run.model.parameters(), 0.0F);
  CHECK(fitted(Training::scratch).train_loss == joint.train_loss);
  CHECK(fitted(Training::joint).train_loss != joint.train_loss);
  run.stop = true;
  CHECK_THROWS_AS(fitted(Training::scratch), evaluate::Stopped);
}

TEST_CASE("fit: accuracies of a classifier that is trained with the encoder are fractions of the split") {
  Evaluated run;
  Faces faces(run);
  // As the steps change nothing, it predicts the same classes as a head from the same seed.
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

TEST_CASE("fit: options out of range are refused") {
  Evaluated run;
  Faces faces(run);
  const std::pair<ClassifierOptions, const char*> cases[] = {
      {{.l2 = -0.5}, "l2 of at least 0, but got -0.5"},
      {{.labels = -1}, "labels of at least 0, but got -1"},
      {{.iterations = 0}, "iterations of at least 1, but got 0"},
      {{.epochs = 0}, "epochs of at least 1, but got 0"},
      {{.learning_rate = -1}, "learning_rate of at least 0, but got -1"},
      {{.batch_size = 0}, "batch_size of at least 1, but got 0"},
      {{.seed = -2}, "seed of at least 0, but got -2"}};
  for (const auto& [options, message] : cases) {
    CHECK_THROWS_WITH(faces.fit.classifier(options), ("a classifier expects " + std::string(message)).c_str());
  }
}

TEST_CASE("scores: compare reports the model and every baseline with how they were fitted") {
  Evaluated run;
  Faces faces(run);
  const auto &noisy = faces.data.noisy(Split::test), &clean = faces.data.clean(Split::test);
  faces.scores.compare(noisy, clean, Split::test, "noisy against clean");
  const auto metrics = faces.report.take_metrics();
  std::vector<std::string> of, protocols;
  for (const auto& metric : metrics) {
    if (metric.name != "mse") continue;
    of.push_back(metric.baseline);
    protocols.push_back(metric.protocol);
  }
  const std::string all = "noisy against clean; all outputs clipped to [0, 1]",
                    small = "; no ssim, whose window of 11 x 11 pixels exceeds the images";
  CHECK(of == std::vector<std::string>{"", "mean_image", "identity", "pca_denoiser", "linear_denoiser"});
  CHECK(protocols[0] == all + "; trained on the 360 training images" + small);
  CHECK(protocols[1] == all + "; fitted on the 360 training images" + small);
  CHECK(protocols[2] == all + small);
  CHECK(protocols[3].find(" components, the best of 1, 2, 4, ..., 32 on the training images, fitted on the 360 "
                          "training images") != std::string::npos);
  CHECK(protocols[4] == protocols[1]);
  const auto own = faces.scores.score(noisy, clean);
  const auto identity = std::ranges::find_if(
      metrics, [](const Metric& each) { return each.baseline == "identity" && each.name == "bce"; });
  REQUIRE(identity != metrics.end());
  CHECK(identity->value == own.bce);
  CHECK(own.images == 300);
}

TEST_CASE("scores: restored images are clipped to [0, 1] for the model and all baselines, reconstructions are not") {
  Evaluated run;
  Faces faces(run);
  const auto& clean = faces.data.clean(Split::test);
  auto values = all(clean);
  for (auto& value : values) value += 1;
  const test::MemoryRows bright(values, 64);
  const auto mse = [&](const Rows& inputs, const Rows& targets) {
    faces.report.begin(run.folder / "again");
    faces.scores.compare(inputs, targets, Split::test, "");
    for (const auto& metric : faces.report.take_metrics()) {
      if (metric.baseline == "identity" && metric.name == "mse") return metric.value;
    }
    return -1.0;
  };
  double clipped = 0;
  for (const auto value : all(clean)) clipped += std::pow(1.0 - value, 2) / static_cast<double>(values.size());
  CHECK(mse(bright, clean) == doctest::Approx(clipped));
  CHECK(mse(bright, bright) == 0);
}

TEST_CASE("scores: images compared with themselves have no denoisers, and the identity has an infinite psnr") {
  Evaluated run;
  Faces faces(run);
  const auto& clean = faces.data.clean(Split::test);
  faces.scores.compare(clean, clean, Split::test, "clean");
  for (const auto& metric : faces.report.take_metrics()) {
    CHECK(metric.baseline.find("denoiser") == std::string::npos);
    if (metric.name == "psnr") CHECK(std::isinf(metric.value) == (metric.baseline == "identity"));
  }
}

TEST_CASE("fit: a classifier on pixels sees the same images and labels as one on codes") {
  Evaluated run;
  Faces faces(run);
  const auto codes = faces.fit.classifier({.labels = 50}),
             pixels = faces.fit.classifier({.labels = 50, .inputs = ClassifierOptions::Inputs::pixels});
  CHECK(codes.images == 50);
  CHECK(pixels.images == 50);
  CHECK(pixels.train_loss < codes.train_loss);  // 64 numbers separate 50 images better than 3
  CHECK(pixels.converged);
  CHECK_FALSE(faces.fit.classifier({.iterations = 1}).converged);
}

TEST_CASE("scores: images and targets of different sizes are refused") {
  Evaluated run;
  Faces faces(run);
  CHECK_THROWS_WITH(faces.scores.score(faces.data.clean(Split::test), faces.data.clean(Split::train)),
                    "images [300, 64] cannot be scored against targets [360, 64]: expected equally many rows of "
                    "64 pixels");
  const test::MemoryRows none({}, 64);
  CHECK_THROWS_WITH(faces.scores.score(none, none), "no images to score: the split is empty");
}

TEST_CASE("report: a metric that is not a number is refused") {
  Evaluated run;
  Faces faces(run);
  CHECK_THROWS_WITH(
      faces.report.metric({"mse", Split::test, std::numeric_limits<double>::quiet_NaN(), "1/px", Direction::lower, ""}),
      "metric 'mse' of test is not a number");
}

TEST_CASE("report: a metric that was reported before is refused, another split or baseline is not") {
  Evaluated run;
  Faces faces(run);
  const auto report = [&](Split split, const std::string& baseline) {
    faces.report.metric({"mse", split, 0.5, "1/px", Direction::lower, "", baseline});
  };
  report(Split::test, "");
  CHECK_NOTHROW(report(Split::train, ""));
  CHECK_NOTHROW(report(Split::test, "pca"));
  CHECK_THROWS_WITH(report(Split::test, "pca"), "metric 'mse' of test (pca) was reported twice");
}

TEST_CASE("report: a task cannot write a file twice, but a repeated task replaces its files") {
  Evaluated run;
  Faces faces(run);
  const auto write = [&] { faces.report.table("confusion", {"class"}, {{"a"}}); };
  write();
  CHECK_THROWS_WITH(write(), "the table 'confusion' already exists; choose another name");
  faces.report.begin(run.folder / "some_task");
  CHECK_NOTHROW(write());
  faces.report.begin(run.folder / "other");
  CHECK_NOTHROW(write());
}

TEST_CASE("report: a row without one cell per column is refused") {
  Evaluated run;
  Faces faces(run);
  CHECK_THROWS_WITH(faces.report.table("confusion", {"class", "count"}, {{"a"}}),
                    "table 'confusion' expects 2 cells in each row, but got 1");
}

TEST_CASE("report: a curve is a table with one row per point, and a plot") {
  Evaluated run;
  Faces faces(run);
  faces.report.curve("roc",
                     {"false positives", "true positives", {"model", "pca"}, {{{0, 0}, {0.1, 1}}, {{0.5, 0.25}}}});
  CHECK(base::read_file(run.folder / "some_task" / "roc.csv") ==
        "series,false positives,true positives\nmodel,0,0\nmodel,0.1,1\npca,0.5,0.25\n");
  CHECK(base::read_file(run.folder / "some_task" / "roc.png").starts_with("\x89PNG"));
  CHECK_THROWS_WITH(faces.report.curve("pr", {"x", "y", {"model"}, {}}),
                    "curve 'pr' expects points for its 1 series, but got 0");
}

// What tasks get from their context, on a small model that has not been trained.
#include "evaluate/context.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "base/error.hpp"
#include "evaluate/memory_rows.hpp"
#include "support/experiment.hpp"

using namespace hourglass;

namespace {

constexpr const char* kExperiment = R"(
[dataset]
plugin = "shapes"
train_size = 400
test_size = 300
side = 8
[noise]
plugin = "gaussian"
[architecture]
plugin = "mlp"
hidden = [12]
[bottleneck]
size = 3
[[task]]
plugin = "linear_probe"
[[task]]
plugin = "reconstruction"
[[task]]
plugin = "reconstruction"
images = 3
)";

/// Everything that tasks are run on.
struct Fixture {
  explicit Fixture(const std::string& text = kExperiment)
      : config(test::resolve_experiment(text)),
        data(config),
        noise(config.create<Noise>("noise")),
        autoencoder(subject::assemble(config, data.shape(), data.classes())),
        model(*autoencoder.network, false),
        subject{config, 7, data, *noise, autoencoder, model},
        run(folder.path()),
        context(subject, run) {
    model.initialise(*autoencoder.network, 7);
    context.begin_task("some_task", "");
  }
  std::vector<results::TaskMetric> run_tasks() { return evaluate::run_tasks(subject, run, {}); }

  test::TemporaryFolder folder;
  experiment::Config config;
  subject::Data data;
  std::unique_ptr<Noise> noise;
  subject::Autoencoder autoencoder;
  compute::Model model;
  evaluate::Subject subject;
  results::RunFolder run;
  evaluate::Context context;
};

std::vector<float> all(const Rows& rows) {
  std::vector<float> values(static_cast<std::size_t>(rows.rows() * rows.columns()));
  rows.read(0, values);
  return values;
}

/// Reads rows [first, first + count).
std::vector<float> some(const Rows& rows, std::int64_t first, std::int64_t count) {
  std::vector<float> values(static_cast<std::size_t>(count * rows.columns()));
  rows.read(first, values);
  return values;
}

std::vector<float> part(const std::vector<float>& values, std::int64_t columns, std::int64_t first,
                        std::int64_t count) {
  return {values.begin() + first * columns, values.begin() + (first + count) * columns};
}

}  // namespace

TEST_CASE("context: a reconstruction does not depend on how many images are asked for at once") {
  Fixture fixture;
  const auto images = all(fixture.context.clean(Split::test));
  std::vector<float> together(images.size()), alone(64);
  fixture.context.reconstruct(images, together);
  for (const std::int64_t i : {0, 100, 256, 299}) {
    fixture.context.reconstruct(part(images, 64, i, 1), alone);
    CHECK(alone == part(together, 64, i, 1));
  }
}

TEST_CASE("context: decoding a code gives the reconstruction") {
  Fixture fixture;
  const auto images = some(fixture.context.clean(Split::test), 0, 5);
  std::vector<float> codes(15), decoded(images.size()), whole(images.size());
  fixture.context.encode(images, codes);
  fixture.context.decode(codes, decoded);
  fixture.context.reconstruct(images, whole);
  for (std::size_t i = 0; i < whole.size(); ++i) CHECK(decoded[i] == doctest::Approx(whole[i]).epsilon(1e-5));
}

TEST_CASE("context: the codes of a split are those of its clean images") {
  Fixture fixture;
  std::vector<float> codes(15);
  fixture.context.encode(some(fixture.context.clean(Split::train), 20, 5), codes);
  CHECK(some(fixture.context.codes(Split::train), 20, 5) == codes);
  CHECK(fixture.context.codes(Split::train).columns() == 3);
}

TEST_CASE("context: noise is the same in whatever pieces it is read, and another for every image and split") {
  Fixture fixture;
  const auto& noisy = fixture.context.noisy(Split::test);
  const auto whole = all(noisy);
  CHECK(some(noisy, 250, 20) == part(whole, 64, 250, 20));
  const auto error = [&](Split split, std::int64_t row) {
    auto values = some(fixture.context.noisy(split), row, 1);
    const auto clean = some(fixture.context.clean(split), row, 1);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] -= clean[i];
    return values;
  };
  CHECK(error(Split::test, 0) != error(Split::test, 1));
  CHECK(error(Split::test, 0) != error(Split::train, 0));
}

TEST_CASE("context: baselines are fitted on train and validation together") {
  Fixture fixture;
  std::vector<double> mean(64);
  for (const auto split : {Split::train, Split::validation}) {
    const auto values = all(fixture.context.clean(split));
    for (std::size_t i = 0; i < values.size(); ++i) mean[i % 64] += values[i] / 400.0;
  }
  CHECK(fixture.context.clean(Split::validation).rows() > 0);
  std::vector<float> out(64);
  fixture.context.baseline("mean_image")(some(fixture.context.clean(Split::test), 0, 1), out);
  for (std::size_t i = 0; i < 64; ++i) CHECK(out[i] == doctest::Approx(mean[i]).epsilon(1e-6));
}

TEST_CASE("context: every baseline that is listed maps images; another name lists those there are") {
  Fixture fixture;
  const auto images = some(fixture.context.noisy(Split::test), 0, 7);
  std::vector<float> out(images.size());
  for (const auto& name : fixture.context.baselines(true)) {
    CAPTURE(name);
    std::fill(out.begin(), out.end(), std::numeric_limits<float>::quiet_NaN());
    fixture.context.baseline(name)(images, out);
    CHECK(std::ranges::all_of(out, [](float value) { return std::isfinite(value); }));
  }
  CHECK_THROWS_WITH(fixture.context.baseline("median"),
                    "there is no baseline 'median' here; there are mean_image, identity, pca, linear_denoiser");
}

TEST_CASE("context: a classifier with a label budget sees no more labels than that") {
  Fixture fixture;
  const auto few = fixture.context.fit_classifier({.labels = 4}), many = fixture.context.fit_classifier({});
  // Four points in three dimensions are told apart without an error; hundreds are not.
  CHECK(few.train_loss < 0.2);
  CHECK(many.train_loss > few.train_loss);
}

TEST_CASE("context: a metric without a value or with an unfit name is refused") {
  Fixture fixture;
  CHECK_THROWS_WITH(fixture.context.report({"mse", Split::test, std::numeric_limits<double>::quiet_NaN(), "1/px",
                                            Direction::lower, "", "pca"}),
                    "metric 'mse' of test (pca) is not a number");
  CHECK_THROWS_WITH(fixture.context.report({"Mean error", Split::test, 1, "1", Direction::lower, ""}),
                    "'Mean error' cannot name a metric: names are made of a-z, 0-9 and _, at least one of them");
}

TEST_CASE("context: random numbers belong to the task's name, not to its place") {
  Fixture fixture;
  const auto draw = [&](const std::string& name) {
    fixture.context.begin_task(name, "");
    return fixture.context.rng().uniform();
  };
  const auto first = draw("a");
  CHECK(draw("b") != first);
  CHECK(draw("a") == first);
}

TEST_CASE("tasks: run in the file's order; the second of a plugin gets a number, and so do its pictures") {
  Fixture fixture;
  std::vector<std::string> tasks;
  for (const auto& metric : fixture.run_tasks()) {
    if (tasks.empty() || tasks.back() != metric.task) tasks.push_back(metric.task);
  }
  CHECK(tasks == std::vector<std::string>{"linear_probe", "reconstruction", "reconstruction_2"});
  CHECK(std::filesystem::exists(fixture.run.sample("reconstruction")));
  CHECK(std::filesystem::exists(fixture.run.sample("reconstruction_2")));
}

TEST_CASE("tasks: a task that fails is named with its place in the file") {
  Fixture fixture;
  std::ranges::fill(fixture.model.parameters(), std::numeric_limits<float>::quiet_NaN());
  try {
    fixture.run_tasks();
    FAIL("codes that are not numbers went unnoticed");
  } catch (const base::UserError& error) {
    const std::string message = error.messages().at(0);
    CAPTURE(message);
    CHECK(message.find("experiment.toml:17:10: [[task]] reconstruction: metric 'mse' of test is not a number") !=
          std::string::npos);
  }
}

TEST_CASE("context: a code as wide as an image has no pca beside it, which would only give back what it gets") {
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

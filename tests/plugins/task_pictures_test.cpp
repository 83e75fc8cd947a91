// Tasks that decode codes and draw weights: generation, interpolation, traversal, filters, generative_classifier.
#include <cmath>

#include "base/files.hpp"
#include "plugins/task_run.hpp"

using namespace hourglass;
using test::metric_of;
using test::TaskRun;

namespace {

bool is_picture(const std::filesystem::path& file) { return base::read_file(file).starts_with("\x89PNG"); }

}  // namespace

TEST_CASE("generation: without a prior, codes come from a mixture, which a note and the protocol say") {
  TaskRun run("generation");
  const auto outcome = run.outcome();
  REQUIRE_MESSAGE(outcome.error.empty(), outcome.error);
  CHECK(outcome.notes == std::vector<std::string>{"the model has no prior; codes are sampled from 10 full Gaussians "
                                                  "fitted to the codes of train"});
  const auto distance = metric_of(outcome.metrics, "frechet_distance");
  CHECK(
      distance.protocol.starts_with("50 samples from 10 full Gaussians fitted to the codes of train against as many "
                                    "test images; features of the reference classifier (conv 16-32, dense 64, 3 "
                                    "epochs of Adam on 180 training images) "));
  // Training images are nearer to test images than an untrained decoder's images.
  CHECK(metric_of(outcome.metrics, "frechet_distance", "training_images").value < distance.value);
  CHECK(metric_of(outcome.metrics, "precision", "training_images").value > 0.5);
  metric_of(outcome.metrics, "recall", "pca");
  CHECK(is_picture(run.folder / "samples.png"));
  CHECK_FALSE(TaskRun("generation", "source = \"prior\"\n").refusals().empty());
}

TEST_CASE("interpolation: midpoints of pixels are measured against the nearest training images") {
  TaskRun run("interpolation");
  const auto metrics = run.measure();
  CHECK(is_picture(run.folder / "interpolation.png"));
  const auto train = test::all_of(run.data.clean(Split::train)), clean = test::all_of(run.data.clean(Split::test));
  double sum = 0;
  for (std::size_t pair = 0; pair < 25; ++pair) {
    double least = INFINITY;
    for (std::size_t first = 0; first < train.size(); first += 100) {
      double distance = 0;
      for (std::size_t i = 0; i < 100; ++i) {
        const double middle = 0.5 * clean[pair * 100 + i] + 0.5 * clean[(pair + 25) * 100 + i];
        distance += std::pow(middle - train[first + i], 2);
      }
      least = std::min(least, distance);
    }
    sum += least;
  }
  CHECK(metric_of(metrics, "nearest_mse", "pixels").value == doctest::Approx(sum / 2500));
  metric_of(metrics, "nearest_mse");
}

TEST_CASE("traversal: a unit that the decoder ignores is unused") {
  TaskRun run("traversal");
  const auto before = metric_of(run.measure(), "unused_units").value;
  CHECK(before == 0);
  CHECK(is_picture(run.folder / "traversal.png"));
  // The first dense layer of the decoder is [4, 16]: its first row reads the first unit.
  for (const auto& parameter : run.subject.autoencoder.network->parameters()) {
    if (parameter.name != "decoder.dense_0.weight") continue;
    REQUIRE(parameter.dims == std::vector<std::int64_t>{4, 16});
    const auto row = run.network.parameters().subspan(static_cast<std::size_t>(parameter.offset), 16);
    std::ranges::fill(row, 0.0F);
  }
  CHECK(metric_of(run.measure(), "unused_units").value == 0.25);
}

TEST_CASE("filters: a unit that reads a single pixel has a sparseness of 1, equal weights one of 0") {
  TaskRun run("filters");
  for (const bool single : {true, false}) {
    const auto& parameter = run.subject.autoencoder.network->parameters()[0];
    REQUIRE(parameter.dims == std::vector<std::int64_t>{100, 16});
    const auto weights = run.network.parameters().subspan(static_cast<std::size_t>(parameter.offset), 1600);
    std::ranges::fill(weights, single ? 0.0F : -0.5F);
    for (std::size_t unit = 0; unit < 16 && single; ++unit) weights[unit * 6 * 16 + unit] = 2;
    CHECK(metric_of(run.measure(), "encoder_0_sparseness").value == doctest::Approx(single ? 1 : 0));
  }
  CHECK(is_picture(run.folder / "encoder_0.png"));
  CHECK(is_picture(run.folder / "decoder.png"));
}

TEST_CASE("generative_classifier: a model that reads no labels or has no density is refused") {
  const auto refusals = TaskRun("generative_classifier").refusals();
  REQUIRE(refusals.size() == 2);
  CHECK(refusals[0].starts_with("needs a model that reads labels, but architecture mlp and bottleneck dense do not"));
  CHECK(refusals[1].starts_with("needs the likelihood of images"));
}

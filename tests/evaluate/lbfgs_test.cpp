// L-BFGS on functions whose minimum is known, the last of them a training.
#include "evaluate/lbfgs.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "evaluate/baselines/pca.hpp"
#include "evaluate/memory_rows.hpp"
#include "support/experiment.hpp"
#include "train/trainer.hpp"

using namespace hourglass::evaluate;

namespace {

/// Rosenbrock's valley, lowest at (1, 1).
double rosenbrock(std::span<const double> x, std::span<double> gradient) {
  const double a = 1 - x[0], b = x[1] - x[0] * x[0];
  gradient[0] = -2 * a - 400 * x[0] * b;
  gradient[1] = 200 * b;
  return a * a + 100 * b * b;
}

}  // namespace

TEST_CASE("lbfgs: finds the end of Rosenbrock's valley") {
  std::vector<double> x = {-1.2, 1};
  const auto result = minimise(rosenbrock, x, {.tolerance = 1e-8});
  CHECK(result.converged);
  CHECK(result.iterations < 60);
  CHECK(x[0] == doctest::Approx(1).epsilon(1e-8));
  CHECK(x[1] == doctest::Approx(1).epsilon(1e-8));
}

TEST_CASE("lbfgs: stops after the iterations that it may take") {
  std::vector<double> x = {-1.2, 1};
  const auto result = minimise(rosenbrock, x, {.iterations = 3});
  CHECK(result.iterations == 3);
  CHECK_FALSE(result.converged);
}

TEST_CASE("lbfgs: a start at the minimum stays there") {
  std::vector<double> x = {1, 1};
  const auto result = minimise(rosenbrock, x, {});
  CHECK(result.iterations == 0);
  CHECK(result.converged);
  CHECK(x == std::vector<double>{1, 1});
}

TEST_CASE("lbfgs: a kink where no step descends any more ends the search") {
  std::vector<double> x = {0.3};
  const auto result = minimise(
      [](std::span<const double> at, std::span<double> gradient) {
        gradient[0] = at[0] >= 0 ? 1 : -1;
        return at[0] >= 0 ? at[0] : -at[0];
      },
      x, {});
  CHECK(result.converged);
  CHECK(std::abs(x[0]) < 1e-6);
}

TEST_CASE("lbfgs: a linear autoencoder ends at the principal components") {
  using namespace hourglass;
  const auto config = test::experiment(R"([dataset]
plugin = "shapes"
train_size = 400
test_size = 8
side = 12
[architecture]
plugin = "mlp"
hidden = []
[bottleneck]
size = 3
[train]
epochs = 40
batch_size = 150
validation = 0
optimizer = { name = "lbfgs" }
)");
  const test::TemporaryFolder temporary;
  const train::Data data(config);
  const auto noise = config.create<Noise>("noise");
  auto autoencoder = train::assemble(config, data.shape(), data.classes());
  const results::RunFolder folder(temporary / "cell");
  train::Trainer trainer({config, 1, data, *noise, autoencoder, folder});
  struct Last final : train::Observer {
    void step(std::int64_t, std::int64_t, std::int64_t, double) override {}
    void epoch(const results::EpochRow& row) override { loss = row.train_loss; }
    double loss = 0;
  } last;
  trainer.run(false, last);

  const auto images = data.split(Split::train);
  std::vector<std::int64_t> all(static_cast<std::size_t>(images.size()));
  std::iota(all.begin(), all.end(), std::int64_t{0});
  std::vector<float> pixels(all.size() * static_cast<std::size_t>(data.shape().size())), projected(pixels.size());
  images.read(all, pixels);
  Pca(test::MemoryRows(pixels, data.shape().size()), 3).reconstruct(pixels, projected);
  double optimum = 0;
  for (std::size_t i = 0; i < pixels.size(); ++i)
    optimum += std::pow(static_cast<double>(pixels[i] - projected[i]), 2) / static_cast<double>(pixels.size());
  CHECK(last.loss == doctest::Approx(optimum).epsilon(1e-3));
}

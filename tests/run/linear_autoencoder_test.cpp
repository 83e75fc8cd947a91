// Training and evaluation agree: a linear autoencoder is equivalent to a principal component analysis.
#include <doctest/doctest.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "evaluate/baselines/pca.hpp"
#include "evaluate/memory_rows.hpp"
#include "support/experiment.hpp"
#include "train/trainer.hpp"

using namespace hourglass;

TEST_CASE("L-BFGS: a linear autoencoder ends at the principal components") {
  const auto config = test::resolve_experiment(R"([dataset]
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
  const subject::Subject subject(config, 1);
  const auto& data = subject.data;
  const results::RunFolder folder(temporary / "cell");
  folder.write_experiment("");
  train::Trainer trainer(subject, folder);
  struct Last final : train::Observer {
    void step(std::int64_t, std::int64_t, std::int64_t, double) override {}
    void epoch(const results::EpochRow& row) override { loss = row.train.reconstruction; }
    double loss = 0;
  } last;
  trainer.run(false, last);

  const auto images = data.split(Split::train);
  std::vector<std::int64_t> all(static_cast<std::size_t>(images.size()));
  std::iota(all.begin(), all.end(), std::int64_t{0});
  std::vector<float> pixels(all.size() * static_cast<std::size_t>(data.shape().size())), projected(pixels.size());
  images.read(all, pixels);
  evaluate::Pca(test::MemoryRows(pixels, data.shape().size()), 3).reconstruct(pixels, projected);
  double optimum = 0;
  for (std::size_t i = 0; i < pixels.size(); ++i)
    optimum += std::pow(static_cast<double>(pixels[i] - projected[i]), 2) / static_cast<double>(pixels.size());
  CHECK(last.loss == doctest::Approx(optimum).epsilon(1e-3));
}

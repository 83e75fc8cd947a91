// The number of components that a denoiser keeps, on noise for which the best one is known.
#include "evaluate/baselines/pca_denoiser.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "evaluate/memory_rows.hpp"

using namespace hourglass;
using namespace hourglass::evaluate;
using hourglass::test::MemoryRows;

namespace {

MemoryRows with_noise(const MemoryRows& clean, float sigma) {
  auto values = clean.values();
  const auto noise = test::normals(static_cast<std::int64_t>(values.size()), 8);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] += sigma * noise[i];
  return {std::move(values), clean.columns()};
}

double error_of(const Pca& pca, const MemoryRows& noisy, const MemoryRows& clean) {
  std::vector<float> out(clean.values().size());
  pca.reconstruct(noisy.values(), out);
  double sum = 0;
  for (std::size_t i = 0; i < out.size(); ++i) sum += std::pow(static_cast<double>(out[i]) - clean.values()[i], 2);
  return sum;
}

}  // namespace

TEST_CASE("pca denoiser: keeps the number of components with the least error, fewer for stronger noise") {
  const auto clean = test::decaying(2000, 40, 1);
  std::int64_t before = 64;
  for (const float sigma : {0.01F, 0.2F, 0.7F}) {
    CAPTURE(sigma);
    const auto noisy = with_noise(clean, sigma);
    const auto chosen = pca_denoiser(noisy, clean);
    for (const std::int64_t count : {1, 2, 4, 8, 16, 32}) {
      CHECK(error_of(chosen, noisy, clean) <= error_of(Pca(clean, count), noisy, clean) * 1.00001);
    }
    CHECK(chosen.components() < before);
    before = chosen.components();
  }
}

TEST_CASE("pca denoiser: tries powers of two below the number of pixels, up to 256") {
  CHECK(most_components(2) == 1);
  CHECK(most_components(40) == 32);
  CHECK(most_components(64) == 32);
  CHECK(most_components(65) == 64);
  CHECK(most_components(784) == 256);
  CHECK(most_components(12288) == 256);
}

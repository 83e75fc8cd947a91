// The linear denoiser on corruptions whose best linear inverse is known.
#include "evaluate/baselines/linear_denoiser.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "evaluate/memory_rows.hpp"

using namespace hourglass;
using namespace hourglass::evaluate;
using hourglass::test::MemoryRows;

namespace {

double denoising_error(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::pow(static_cast<double>(a[i]) - b[i], 2);
  return sum / static_cast<double>(a.size());
}

std::vector<float> uniform_rows(std::int64_t count) {
  std::vector<float> values(static_cast<std::size_t>(count));
  base::PhiloxRng(9, base::Stream::task, 0, 0).uniform(values);
  return values;
}

}  // namespace

TEST_CASE("linear denoiser: undoes a linear corruption with an offset") {
  const MemoryRows clean(uniform_rows(2000 * 6), 6);
  auto values = clean.values();
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = 0.3F * values[i] + 0.1F * clean.values()[i - i % 6] + 0.5F;
  const MemoryRows noisy(values, 6);
  std::vector<float> out(values.size());
  LinearDenoiser(noisy, clean).denoise(noisy.values(), out);
  CHECK(denoising_error(out, clean.values()) < 1e-6);
}

TEST_CASE("linear denoiser: reaches the remaining variance of independent noise") {
  // Signal of variance 1/12 in noise of variance 1/4, one column: the best linear error is 1 / (12 + 4) = 1/16.
  const std::int64_t rows = 200000;
  const MemoryRows clean(uniform_rows(rows), 1);
  auto values = clean.values();
  const auto noise = test::normals(rows, 2);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] += 0.5F * noise[i];
  const MemoryRows noisy(values, 1);
  std::vector<float> out(values.size());
  LinearDenoiser(noisy, clean).denoise(noisy.values(), out);
  CHECK(denoising_error(out, clean.values()) == doctest::Approx(1.0 / 16).epsilon(0.01));
}

TEST_CASE("linear denoiser: pixels that never vary are unchanged") {
  const MemoryRows images(std::vector<float>(60, 0.25F), 6);
  std::vector<float> out(60);
  LinearDenoiser(images, images).denoise(images.values(), out);
  for (const auto value : out) CHECK(value == doctest::Approx(0.25));
}

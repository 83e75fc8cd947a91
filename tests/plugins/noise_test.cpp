// The properties of each noise model: how much it changes, and the exact figures for MNIST.
#include "hourglass/noise.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>
#include <vector>

#include "base/random.hpp"
#include "host/data_access.hpp"
#include "hourglass/dataset.hpp"
#include "support/plugins.hpp"

using namespace hourglass;
using base::PhiloxRng;
using base::Stream;

namespace {

constexpr ImageShape kShape{1, 400, 500};
constexpr double kPixels = 400 * 500;

std::vector<float> corrupted(const std::string& name, const std::map<std::string, Value>& params,
                             const std::vector<float>& clean, const ImageShape& shape = kShape,
                             std::uint64_t sample = 0) {
  std::vector<float> noisy(clean.size());
  PhiloxRng rng(5, Stream::noise, 0, sample);
  test::make<Noise>(name, params)->corrupt(clean, noisy, shape, rng);
  return noisy;
}

std::vector<float> grey(float value = 0.5f) { return std::vector<float>(static_cast<std::size_t>(kPixels), value); }

double share(const std::vector<float>& image, float value) {
  return static_cast<double>(std::ranges::count(image, value)) / static_cast<double>(image.size());
}
/// Four standard deviations of a share p of kPixels.
double four_errors(double p) { return 4 * std::sqrt(p * (1 - p) / kPixels); }

/// Mean squared error of the noise on MNIST's test images, or nothing without MNIST.
std::optional<double> mnist_error(const std::string& name, const std::map<std::string, Value>& params) {
  host::HostData data;
  std::unique_ptr<Samples> samples;
  try {
    samples = test::make<Dataset>("mnist")->open(Split::test, data);
  } catch (const std::exception& error) {
    MESSAGE("skipped: " << std::string(error.what()));
    return std::nullopt;
  }
  const auto noise = test::make<Noise>(name, params);
  std::vector<float> clean(784), noisy(784);
  double sum = 0;
  for (std::int64_t i = 0; i < samples->size(); ++i) {
    const std::int64_t index[] = {i};
    samples->read(index, clean);
    PhiloxRng rng(1, Stream::evaluation_noise, 0, static_cast<std::uint64_t>(i));
    noise->corrupt(clean, noisy, samples->shape(), rng);
    for (std::size_t j = 0; j < clean.size(); ++j)
      sum += static_cast<double>((noisy[j] - clean[j]) * (noisy[j] - clean[j]));
  }
  return sum / static_cast<double>(samples->size() * 784);
}
// 7.84 million pixels, each squared error with a standard deviation below 0.35: four standard deviations of the mean.
constexpr double kSamplingError = 5e-4;

}  // namespace

TEST_CASE("none: images are unchanged") {
  auto clean = grey();
  std::iota(clean.begin(), clean.end(), 0.0f);
  CHECK(corrupted("none", {}, clean) == clean);
}

TEST_CASE("gaussian: sigma is the standard deviation, and without clipping the mean does not change") {
  for (const double sigma : {0.1, 0.5, 2.0}) {
    const auto noisy = corrupted("gaussian", {{"sigma", sigma}, {"clip", false}}, grey());
    double mean = 0, square = 0;
    for (const float pixel : noisy) mean += static_cast<double>(pixel) / kPixels;
    for (const float pixel : noisy)
      square += (static_cast<double>(pixel) - mean) * (static_cast<double>(pixel) - mean) / kPixels;
    CHECK(std::abs(mean - 0.5) < 4 * sigma / std::sqrt(kPixels));
    CHECK(std::abs(std::sqrt(square) / sigma - 1) < 4 / std::sqrt(2 * kPixels));
  }
}

TEST_CASE("gaussian: without clipping, pixels leave [0, 1]; with clipping they are clamped and otherwise the same") {
  const auto free = corrupted("gaussian", {{"sigma", 0.5}, {"clip", false}}, grey());
  const auto clipped = corrupted("gaussian", {{"sigma", 0.5}, {"clip", true}}, grey());
  CHECK(std::ranges::min(free) < 0.0f);
  CHECK(std::ranges::max(free) > 1.0f);
  CHECK(std::ranges::equal(free, clipped, [](float a, float b) { return std::clamp(a, 0.0f, 1.0f) == b; }));
}

TEST_CASE("gaussian: sigma 0 changes nothing") { CHECK(corrupted("gaussian", {{"sigma", 0.0}}, grey()) == grey()); }

TEST_CASE("masking: the requested fraction of pixels becomes 0, the others do not change") {
  for (const double fraction : {0.0, 0.1, 0.25, 0.9, 1.0}) {
    const auto noisy = corrupted("masking", {{"fraction", fraction}}, grey());
    CHECK(std::abs(share(noisy, 0.0f) - fraction) <= four_errors(fraction));
    CHECK(share(noisy, 0.0f) + share(noisy, 0.5f) == doctest::Approx(1).epsilon(1e-12));
  }
}

TEST_CASE("salt_pepper: fraction and share of salt are as requested, the other pixels do not change") {
  for (const double fraction : {0.0, 0.2, 1.0}) {
    for (const double salt : {0.0, 0.5, 0.8, 1.0}) {
      const auto noisy = corrupted("salt_pepper", {{"fraction", fraction}, {"salt", salt}}, grey());
      const double white = fraction * salt, black = fraction * (1 - salt);
      CHECK(std::abs(share(noisy, 1.0f) - white) <= four_errors(white) + 1e-7);
      CHECK(std::abs(share(noisy, 0.0f) - black) <= four_errors(black) + 1e-7);
      CHECK(share(noisy, 0.0f) + share(noisy, 0.5f) + share(noisy, 1.0f) == doctest::Approx(1).epsilon(1e-12));
    }
  }
}

TEST_CASE("gaussian: on MNIST's test images, sigma 0.4 and 0.5 clipped give the exact mean squared errors") {
  if (const auto error = mnist_error("gaussian", {{"sigma", 0.4}})) CHECK(std::abs(*error - 0.0797) < kSamplingError);
  if (const auto error = mnist_error("gaussian", {{"sigma", 0.5}})) CHECK(std::abs(*error - 0.11565) < kSamplingError);
}

TEST_CASE("masking: on MNIST's test images, the mean squared error is the fraction times the mean square of pixels") {
  if (const auto error = mnist_error("masking", {{"fraction", 0.25}}))
    CHECK(std::abs(*error - 0.25 * 0.113958) < kSamplingError);
  if (const auto error = mnist_error("masking", {{"fraction", 1.0}})) CHECK(std::abs(*error - 0.113958) < 1e-6);
}

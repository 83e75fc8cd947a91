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

/// Mean squared error of the noise on the first `count` of MNIST's test images, or nothing without MNIST.
std::optional<double> mnist_error(const std::string& name, const std::map<std::string, Value>& params,
                                  std::int64_t count = 10000) {
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
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t index[] = {i};
    samples->read(index, clean);
    PhiloxRng rng(1, Stream::evaluation_noise, 0, static_cast<std::uint64_t>(i));
    noise->corrupt(clean, noisy, samples->shape(), rng);
    for (std::size_t j = 0; j < clean.size(); ++j)
      sum += static_cast<double>((noisy[j] - clean[j]) * (noisy[j] - clean[j]));
  }
  return sum / static_cast<double>(count * 784);
}
// 7.84 million pixels, each squared error with a standard deviation below 0.35: four standard deviations of the mean.
constexpr double kSamplingError = 5e-4;
// Means of MNIST's test pixels and of their squares, from a histogram of the file.
constexpr double kMean = 0.1325146, kMeanSquare = 0.1139581;

/// Probability of k for a Poisson distribution.
double poisson(double mean, int k) { return std::exp(k * std::log(mean) - mean - std::lgamma(k + 1)); }

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

TEST_CASE("speckle: a pixel's deviation is sigma times the pixel; black pixels do not change") {
  for (const float value : {0.0f, 0.2f, 0.5f}) {
    const auto noisy = corrupted("speckle", {{"sigma", 0.3}, {"clip", false}}, grey(value));
    double square = 0;
    for (const float pixel : noisy) square += std::pow(static_cast<double>(pixel - value), 2) / kPixels;
    CHECK(std::sqrt(square) == doctest::Approx(0.3 * static_cast<double>(value)).epsilon(4 / std::sqrt(2 * kPixels)));
  }
}

TEST_CASE("poisson: the numbers of photons have the frequencies of the Poisson distribution") {
  for (const double mean : {0.5, 5.0, 20.0, 2000.0}) {
    const double sigma = std::sqrt(0.5 / mean);  // of a pixel of 0.5
    const auto noisy = corrupted("poisson", {{"sigma", sigma}, {"clip", false}}, grey());
    std::map<int, double> shares;
    double sum = 0, square = 0;
    for (const float pixel : noisy) {
      const double count = static_cast<double>(pixel) / (sigma * sigma);
      REQUIRE(std::abs(count - std::round(count)) < 1e-3);
      shares[static_cast<int>(std::round(count))] += 1 / kPixels;
      sum += count / kPixels;
      square += (count - mean) * (count - mean) / kPixels;
    }
    CAPTURE(mean);
    CHECK(std::abs(sum - mean) < 4 * std::sqrt(mean / kPixels));
    // The fourth central moment is mean + 3 mean^2.
    CHECK(std::abs(square - mean) < 4 * std::sqrt((mean + 2 * mean * mean) / kPixels));
    const auto middle = static_cast<int>(mean), reach = static_cast<int>(3 * std::sqrt(mean));
    for (int k = std::max(middle - reach, 0); k <= middle + reach; k += 1 + reach / 20) {
      CAPTURE(k);
      CHECK(std::abs(shares[k] - poisson(mean, k)) < 1.1 * four_errors(poisson(mean, k)) + 1e-5);
    }
  }
}

TEST_CASE("poisson: sigma 0 changes nothing; with clipping no pixel exceeds 1") {
  CHECK(corrupted("poisson", {{"sigma", 0.0}}, grey()) == grey());
  CHECK(std::ranges::max(corrupted("poisson", {{"sigma", 1.0}}, grey())) == 1.0f);
}

TEST_CASE("blur: an impulse becomes the Gaussian window, mirrored at the edges as by scipy.ndimage.gaussian_filter") {
  std::vector<float> impulse(81, 0.0f);
  impulse[40] = 1;
  // exp(-i^2 / 2), i = -4 ... 4, divided by its sum.
  constexpr double window[] = {0.39894346935609776, 0.24197144565660073, 0.05399112742070441, 0.004431861620031266};
  const auto blurred = corrupted("blur", {{"sigma", 1.0}}, impulse, {1, 9, 9});
  for (const int dy : {0, 1, 3}) {
    for (const int dx : {0, 2}) {
      CHECK(static_cast<double>(blurred[static_cast<std::size_t>(40 + 9 * dy + dx)]) ==
            doctest::Approx(window[dy] * window[dx]).epsilon(1e-6));
    }
  }
  // A vector is an image of one row: the same window, folded at both ends of three elements.
  const auto row = corrupted("blur", {{"sigma", 1.0}}, {1, 0, 0}, {1, 1, 3});
  CHECK(static_cast<double>(row[0]) == doctest::Approx(0.6409149150).epsilon(1e-6));
  CHECK(static_cast<double>(row[1]) == doctest::Approx(0.2960964037).epsilon(1e-6));
  CHECK(static_cast<double>(row[2]) == doctest::Approx(0.0629886813).epsilon(1e-6));
}

TEST_CASE("blur: sigma 0, and any sigma on constant images, change nothing; channels stay separate") {
  CHECK(corrupted("blur", {{"sigma", 0.0}}, {0.1f, 0.9f}, {1, 1, 2}) == std::vector<float>{0.1f, 0.9f});
  CHECK(corrupted("blur", {{"sigma", 5.0}}, {1, 1, 1, 1, 0, 0, 0, 0}, {2, 2, 2}) ==
        std::vector<float>{1, 1, 1, 1, 0, 0, 0, 0});
}

TEST_CASE("occlusion: one block of the requested share is set to the value, the same in all channels") {
  for (const double fraction : {0.0, 0.1, 0.25, 1.0}) {
    const auto noisy = corrupted("occlusion", {{"fraction", fraction}, {"value", 0.25}}, grey(), {2, 250, 400}, 3);
    CHECK(share(noisy, 0.25f) == doctest::Approx(fraction).epsilon(0.01));
    CHECK(share(noisy, 0.25f) + share(noisy, 0.5f) == doctest::Approx(1));
    CHECK(std::equal(noisy.begin(), noisy.begin() + 100000, noisy.begin() + 100000));
  }
  // Of a vector, a run of elements.
  const auto vector = corrupted("occlusion", {{"fraction", 0.5}}, std::vector<float>(8, 1.0f), {1, 1, 8});
  CHECK(share(vector, 0.0f) == 0.5);
  CHECK(std::ranges::search(vector, std::vector<float>(4, 0.0f)).size() == 4);
}

TEST_CASE("occlusion: the block lies everywhere within the image, each place with the same probability") {
  std::map<std::ptrdiff_t, int> places;
  for (std::uint64_t sample = 0; sample < 4000; ++sample) {
    const auto noisy = corrupted("occlusion", {{"fraction", 0.25}}, std::vector<float>(16, 1.0f), {1, 4, 4}, sample);
    ++places[std::ranges::find(noisy, 0.0f) - noisy.begin()];
  }
  CHECK(places.size() == 9);  // 2 x 2 in 4 x 4
  for (const auto& [place, count] : places) CHECK(std::abs(count - 4000 / 9.0) < 4 * std::sqrt(4000 / 9.0));
}

TEST_CASE("lines: whole rows or columns are set to 0, the same in all channels") {
  for (const std::string direction : {"rows", "columns"}) {
    const auto noisy = corrupted("lines", {{"fraction", 0.25}, {"direction", direction}}, grey(), {2, 250, 400});
    const auto pixel = [&](int c, int y, int x) { return noisy[static_cast<std::size_t>((c * 250 + y) * 400 + x)]; };
    const bool rows = direction == "rows";
    int lost = 0;
    for (int line = 0; line < (rows ? 250 : 400); ++line) {
      const float first = rows ? pixel(0, line, 0) : pixel(0, 0, line);
      lost += first == 0.0f;
      bool same = true;
      for (int c = 0; c < 2; ++c) {
        for (int i = 0; i < (rows ? 400 : 250); ++i) same &= (rows ? pixel(c, line, i) : pixel(c, i, line)) == first;
      }
      CHECK(same);
    }
    const double count = rows ? 250 : 400;
    CHECK(std::abs(lost - 0.25 * count) < 4 * std::sqrt(count * 0.25 * 0.75));
  }
}

TEST_CASE("rotation: a point keeps its distance from the centre, and its angle is uniform up to the largest") {
  constexpr int kSide = 41, kRadius = 12;
  std::vector<float> clean(kSide * kSide, 0.0f);
  clean[20 * kSide + 20 + kRadius] = 1;
  std::vector<double> angles;
  for (std::uint64_t sample = 0; sample < 1000; ++sample) {
    const auto noisy = corrupted("rotation", {{"degrees", 60.0}}, clean, {1, kSide, kSide}, sample);
    double mass = 0, y = 0, x = 0;
    for (int i = 0; i < kSide * kSide; ++i) {
      const auto pixel = static_cast<double>(noisy[static_cast<std::size_t>(i)]);
      mass += pixel;
      y += pixel * (i / kSide - 20);
      x += pixel * (i % kSide - 20);
    }
    CHECK(std::hypot(y / mass, x / mass) == doctest::Approx(kRadius).epsilon(0.05));
    angles.push_back(std::atan2(y, x) * 180 / std::acos(-1.0));
  }
  CHECK(std::ranges::max(angles) < 63);  // interpolation moves the centre of mass by up to half a pixel
  CHECK(std::ranges::min(angles) > -63);
  const double mean = std::accumulate(angles.begin(), angles.end(), 0.0) / 1000;
  CHECK(std::abs(mean) < 4 * 60 / std::sqrt(3 * 1000.0));
}

TEST_CASE("rotation: 0 degrees and images of one pixel do not change; vectors are refused") {
  std::vector<float> ramp(35);
  for (std::size_t i = 0; i < ramp.size(); ++i) ramp[i] = static_cast<float>(i) / 35;
  CHECK(corrupted("rotation", {{"degrees", 0.0}}, ramp, {1, 5, 7}) == ramp);
  CHECK(corrupted("rotation", {{"degrees", 180.0}}, {0.5f, 0.25f}, {2, 1, 1}) == std::vector<float>{0.5f, 0.25f});
  const auto noise = test::make<Noise>("rotation");
  CHECK_THROWS_WITH(noise->check({1, 1, 784}),
                    "noise rotation: only images can be rotated, but a sample is a vector of shape [1, 1, "
                    "784]; choose another noise model");
  CHECK_NOTHROW(noise->check({1, 1, 1}));
}

TEST_CASE("background: fills black with uniform noise up to the level and leaves white") {
  const auto noisy = corrupted("background", {{"level", 0.5}}, grey(0.0f));
  CHECK(std::ranges::max(noisy) < 0.5f);
  CHECK(std::abs(std::accumulate(noisy.begin(), noisy.end(), 0.0) / kPixels - 0.25) <
        4 * 0.5 / std::sqrt(12 * kPixels));
  CHECK(corrupted("background", {}, grey(1.0f)) == grey(1.0f));
}

TEST_CASE("all noise models: on MNIST's test images, the squared errors are those of their documentation") {
  const auto check = [](const std::string& name, const std::map<std::string, Value>& params, double expected) {
    CAPTURE(name);
    if (const auto error = mnist_error(name, params)) CHECK(std::abs(*error - expected) < 1e-3);
  };
  check("speckle", {{"sigma", 0.5}, {"clip", false}}, 0.25 * kMeanSquare);
  check("poisson", {{"sigma", 0.5}, {"clip", false}}, 0.25 * kMean);
  check("salt_pepper", {{"fraction", 0.2}}, 0.2 * 0.5 * (1 - 2 * kMean + 2 * kMeanSquare));
  check("lines", {{"fraction", 0.25}}, 0.25 * kMeanSquare);
  check("background", {}, (1 - 2 * kMean + kMeanSquare) / 3);
  check("occlusion", {{"fraction", 0.25}}, 0.0548);  // mean over all 15 x 15 places of the mean square image
}

// The expected values come from a program of its own, with loops over pixels.
TEST_CASE("blur and rotation: on MNIST's test images, the mean squared errors are those of another program") {
  if (const auto error = mnist_error("blur", {{"sigma", 1.0}}, 1000)) CHECK(*error == doctest::Approx(0.01321059));
  if (const auto error = mnist_error("blur", {{"sigma", 2.0}}, 1000)) CHECK(*error == doctest::Approx(0.03638679));
  // 4000 angles of another stream: the difference of two means.
  if (const auto error = mnist_error("rotation", {{"degrees", 30.0}}, 4000))
    CHECK(std::abs(*error - 0.04593) < 4 * 1.42 * 0.0005);
  if (const auto error = mnist_error("rotation", {{"degrees", 180.0}}, 4000))
    CHECK(std::abs(*error - 0.10436) < 4 * 1.42 * 0.0007);
}

// The contract of every noise model, checked with its default parameters.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <thread>
#include <vector>

#include "base/random.hpp"
#include "hourglass/noise.hpp"
#include "support/plugins.hpp"

using namespace hourglass;
using base::PhiloxRng;
using base::Stream;

namespace {

constexpr std::uint64_t kKeys = 16;  // compared to see whether results depend on the key
constexpr ImageShape kShapes[] = {{1, 1, 1}, {3, 32, 32}, {1, 28, 28}, {1, 5, 7}};

/// Counts the random numbers drawn, to distinguish models that draw from those that do not.
class CountingRng final : public Rng {
 public:
  explicit CountingRng(std::uint64_t sample) : rng_(1, Stream::noise, 0, sample) {}
  void bits(std::span<std::uint32_t> out) override { count += out.size(), rng_.bits(out); }
  void uniform(std::span<float> out) override { count += out.size(), rng_.uniform(out); }
  void normal(std::span<float> out) override { count += out.size(), rng_.normal(out); }
  std::size_t count = 0;

 private:
  PhiloxRng rng_;
};

std::vector<float> clean_image(const ImageShape& shape) {
  std::vector<float> image(static_cast<std::size_t>(shape.size()));
  PhiloxRng rng(99, Stream::dataset, 0, 0);
  rng.uniform(image);
  if (image.size() > 2) image[0] = 0.0f, image[1] = 1.0f;
  return image;
}

std::vector<float> corrupted(const Noise& noise, const ImageShape& shape, std::uint64_t sample) {
  std::vector<float> noisy(static_cast<std::size_t>(shape.size()), -9.0f);
  PhiloxRng rng(1, Stream::noise, 0, sample);
  noise.corrupt(clean_image(shape), noisy, shape, rng);
  return noisy;
}

template <class Check>
void for_every_noise(Check check) {
  const auto names = test::registry().names(Noise::kKind);
  REQUIRE(!names.empty());
  for (const auto& name : names) {
    const auto noise = test::make<Noise>(name);
    CAPTURE(name);
    for (const auto& shape : kShapes) {
      CAPTURE(shape.size());
      check(*noise, shape);
    }
  }
}

}  // namespace

TEST_CASE("every noise: the same key gives the same bytes") {
  for_every_noise([](const Noise& noise, const ImageShape& shape) {
    CHECK(corrupted(noise, shape, 3) == corrupted(noise, shape, 3));
  });
}

TEST_CASE("every noise: among several keys, some give other bytes, if the model draws any numbers") {
  for_every_noise([](const Noise& noise, const ImageShape& shape) {
    if (shape.size() < 100) return;  // by chance, a tiny image may not change
    const auto clean = clean_image(shape);
    std::vector<float> noisy(clean.size());
    CountingRng rng(3);
    noise.corrupt(clean, noisy, shape, rng);
    const auto first = corrupted(noise, shape, 0);
    bool differs = false;  // a model that draws few values gives equal bytes for some keys
    for (std::uint64_t sample = 1; sample < kKeys; ++sample) differs |= corrupted(noise, shape, sample) != first;
    CHECK(differs == (rng.count > 0));
  });
}

TEST_CASE("every noise: the clean image is not modified") {
  for_every_noise([](const Noise& noise, const ImageShape& shape) {
    const auto before = clean_image(shape);
    const auto clean = before;
    std::vector<float> noisy(clean.size());
    PhiloxRng rng(1, Stream::noise, 0, 0);
    noise.corrupt(clean, noisy, shape, rng);
    CHECK(clean == before);
  });
}

TEST_CASE("every noise: all pixels are written and finite") {
  for_every_noise([](const Noise& noise, const ImageShape& shape) {
    for (std::uint64_t sample = 0; sample < 20; ++sample) {
      const auto noisy = corrupted(noise, shape, sample);
      CHECK(std::ranges::all_of(noisy, [](float pixel) { return std::isfinite(pixel) && pixel != -9.0f; }));
    }
  });
}

TEST_CASE("every noise: with the defaults, pixels stay in [0, 1], as training with cross-entropy requires") {
  for_every_noise([](const Noise& noise, const ImageShape& shape) {
    for (std::uint64_t sample = 0; sample < 20; ++sample) {
      const auto noisy = corrupted(noise, shape, sample);
      CHECK(std::ranges::all_of(noisy, [](float pixel) { return pixel >= 0.0f && pixel <= 1.0f; }));
    }
  });
}

TEST_CASE("every noise: an image's corruption does not depend on the images before it") {
  for_every_noise([](const Noise& noise, const ImageShape& shape) {
    const auto alone = corrupted(noise, shape, 7);
    for (std::uint64_t sample = 10; sample > 7; --sample) corrupted(noise, shape, sample);
    corrupted(noise, {1, 2, 2}, 1);
    CHECK(corrupted(noise, shape, 7) == alone);
  });
}

TEST_CASE("every noise: writing stays within the image") {
  for_every_noise([](const Noise& noise, const ImageShape& shape) {
    const auto clean = clean_image(shape);
    std::vector<float> noisy(clean.size() + 8, -9.0f);
    PhiloxRng rng(1, Stream::noise, 0, 0);
    noise.corrupt(clean, std::span(noisy).first(clean.size()), shape, rng);
    CHECK(std::all_of(noisy.end() - 8, noisy.end(), [](float value) { return value == -9.0f; }));
  });
}

TEST_CASE("every noise: two threads give the same as one") {
  for_every_noise([](const Noise& noise, const ImageShape& shape) {
    std::vector<std::vector<float>> expected, first(20), second(20);
    for (std::uint64_t sample = 0; sample < 20; ++sample) expected.push_back(corrupted(noise, shape, sample));
    {
      const std::jthread one([&] {
        for (std::size_t i = 0; i < 20; ++i) first[i] = corrupted(noise, shape, i);
      });
      const std::jthread two([&] {
        for (std::size_t i = 20; i-- > 0;) second[i] = corrupted(noise, shape, i);
      });
    }
    CHECK(first == expected);
    CHECK(second == expected);
  });
}

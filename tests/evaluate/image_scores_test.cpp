// Image scores compared with their definitions.
#include "evaluate/image_scores.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "evaluate/memory_rows.hpp"

using namespace hourglass;
using namespace hourglass::evaluate;

namespace {

/// Rounding error of a mean of a few hundred terms in double precision.
constexpr double kRounding = 1e-11;

std::vector<float> uniforms(std::int64_t count, std::uint64_t seed) {
  std::vector<float> values(static_cast<std::size_t>(count));
  base::PhiloxRng(seed, base::Stream::task, 0, 0).uniform(values);
  return values;
}

/// Structural similarity of one plane as defined by Wang et al. 2004: a weighted mean, variance and covariance at each
/// position.
double naive_ssim(const std::vector<float>& a, const std::vector<float>& b, std::int64_t height, std::int64_t width) {
  constexpr std::int64_t taps = 11;
  std::vector<double> weights;
  double all = 0;
  for (std::int64_t y = 0; y < taps; ++y) {
    for (std::int64_t x = 0; x < taps; ++x) {
      const double dy = static_cast<double>(y - taps / 2), dx = static_cast<double>(x - taps / 2);
      weights.push_back(std::exp(-(dx * dx + dy * dy) / (2 * 1.5 * 1.5)));
      all += weights.back();
    }
  }
  double total = 0;
  for (std::int64_t top = 0; top + taps <= height; ++top) {
    for (std::int64_t left = 0; left + taps <= width; ++left) {
      double ma = 0, mb = 0, va = 0, vb = 0, cov = 0;
      const auto each = [&](auto&& body) {
        for (std::int64_t i = 0; i < taps * taps; ++i) {
          const auto at = static_cast<std::size_t>((top + i / taps) * width + left + i % taps);
          body(weights[static_cast<std::size_t>(i)] / all, a[at], b[at]);
        }
      };
      each([&](double w, double x, double y) { ma += w * x, mb += w * y; });
      each([&](double w, double x, double y) {
        va += w * (x - ma) * (x - ma), vb += w * (y - mb) * (y - mb), cov += w * (x - ma) * (y - mb);
      });
      total += (2 * ma * mb + 1e-4) * (2 * cov + 9e-4) / ((ma * ma + mb * mb + 1e-4) * (va + vb + 9e-4));
    }
  }
  return total / static_cast<double>((height - taps + 1) * (width - taps + 1));
}

}  // namespace

TEST_CASE("ssim: equals the definition") {
  const auto check = [](std::int64_t height, std::int64_t width) {
    CAPTURE(height);
    const auto a = uniforms(height * width, 1), b = uniforms(height * width, 2);
    CHECK(Ssim({1, height, width})(a, b) == doctest::Approx(naive_ssim(a, b, height, width)).epsilon(kRounding));
  };
  check(28, 28);
  check(13, 20);
  check(11, 11);
}

TEST_CASE("ssim: images smaller than its window have none, and the protocol says so") {
  for (const auto& shape : {ImageShape{1, 10, 40}, ImageShape{1, 40, 10}, ImageShape{3, 1, 40}}) {
    const auto images = uniforms(2 * shape.size(), 1), others = uniforms(2 * shape.size(), 2);
    ImageScorer scorer(shape);
    scorer.add(images, others);
    CHECK(std::isnan(scorer.scores().ssim));
    for (const auto& metric : image_metrics(scorer.scores(), Split::test, "clean", "")) {
      CHECK(metric.name != "ssim");
      CHECK(metric.protocol.starts_with("clean; no ssim, whose window of 11 x 11 pixels exceeds the images"));
    }
  }
}

TEST_CASE("ssim: is 1 for an image and itself, and the mean over several channels") {
  const auto a = uniforms(2 * 16 * 16, 1), b = uniforms(2 * 16 * 16, 2);
  CHECK(Ssim({2, 16, 16})(a, a) == doctest::Approx(1).epsilon(kRounding));
  const Ssim one({1, 16, 16});
  const std::span<const float> sa(a), sb(b);
  const double mean = (one(sa.first(256), sb.first(256)) + one(sa.last(256), sb.last(256))) / 2;
  CHECK(Ssim({2, 16, 16})(a, b) == doctest::Approx(mean).epsilon(kRounding));
}

TEST_CASE("scores: cross-entropy and squared error equal their definitions in double precision") {
  const auto clean = uniforms(3 * 400, 1), out = uniforms(3 * 400, 2);
  double entropy = 0, squared = 0;
  for (std::size_t i = 0; i < clean.size(); ++i) {
    const double p = std::clamp<double>(out[i], 1e-7, 1 - 1e-7);
    entropy -= clean[i] * std::log(p) + (1.0 - clean[i]) * std::log1p(-p);
    squared += std::pow(static_cast<double>(out[i]) - clean[i], 2);
  }
  ImageScorer scorer({1, 20, 20});
  scorer.add(clean, out);
  const auto scores = scorer.scores();
  CHECK(scores.images == 3);
  CHECK(scores.bce_sum == doctest::Approx(entropy / 3).epsilon(kRounding));
  CHECK(scores.bce == doctest::Approx(entropy / 1200).epsilon(kRounding));
  CHECK(scores.sse == doctest::Approx(squared / 3).epsilon(kRounding));
  CHECK(scores.psnr == doctest::Approx(-10 * std::log10(squared / 1200)).epsilon(kRounding));
}

TEST_CASE("scores: reconstructions outside [0, 1] keep the cross-entropy finite") {
  const std::vector<float> clean = {0, 1, 0, 1}, out = {-3, 4, 2, -1};
  ImageScorer scorer({1, 2, 2});
  scorer.add(clean, out);
  CHECK(scorer.scores().bce_sum == doctest::Approx(-2 * std::log(1e-7)).epsilon(1e-6));
}

TEST_CASE("scores: the fast logarithm agrees with the standard library's") {
  for (double x = 1e-7; x < 2; x *= 1.0007) {
    if (std::abs(fast_log(x) - std::log(x)) > 1e-14) FAIL("log(", x, ") = ", fast_log(x));
  }
  CHECK(fast_log(1) == 0);
}

TEST_CASE("scores: psnr is that of the mse of all images, and infinite without an error") {
  // One image without an error and one with an mse of 0.01: pooled 23.0 dB; a mean over images would be infinite.
  std::vector<float> clean(2 * 400, 0.5F), out = clean;
  std::fill(out.begin() + 400, out.end(), 0.6F);
  const auto psnr_of = [&](const std::vector<float>& images) {
    ImageScorer scorer({1, 20, 20});
    scorer.add(clean, images);
    for (const auto& metric : image_metrics(scorer.scores(), Split::test, "clean", "")) {
      if (metric.name != "psnr") continue;
      CHECK(metric.protocol == "clean; psnr of the mse of all images");
      return metric.value;
    }
    return 0.0;
  };
  CHECK(psnr_of(out) == doctest::Approx(-10 * std::log10(0.005)).epsilon(1e-6));
  CHECK(psnr_of(clean) == std::numeric_limits<double>::infinity());
}

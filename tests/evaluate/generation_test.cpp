// Samples from a prior, and likelihoods, compared with closed forms and integrals.
#include "evaluate/generation.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <numeric>
#include <string>
#include <vector>

#include "evaluate/evaluated.hpp"
#include "evaluate/inference.hpp"
#include "hourglass/bottleneck.hpp"

using namespace hourglass;

namespace {

constexpr ImageShape kShape{1, 1, 3};
constexpr double kVariance = 0.5;  ///< of a pixel given its mean, for mse

base::PhiloxRng stream(std::uint64_t number) { return {5, base::Stream::task, number, 0}; }

double mean_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// `count` copies of an image, one after another.
std::vector<float> copies(const std::array<float, 3>& image, int count) {
  std::vector<float> images;
  for (int i = 0; i < count; ++i) images.insert(images.end(), image.begin(), image.end());
  return images;
}

/// A factor model: z ~ N(m, I) in two dimensions, where m depends on the class if there are classes, and
/// x ~ N(z W + b, I / 2) in three. The rows of W are orthogonal, so the posterior's covariance is diagonal.
struct FactorModel {
  static constexpr double kRows[2][3] = {{0.5, 1, 1}, {0.6, 0.3, -0.6}}, kOffset[3] = {0.2, -0.1, 0.4},
                          kCentres[2][2] = {{1, -2}, {-0.5, 3}};

  /// The encoder computes the posterior N(mean + shift, stretch * variance), which is exact for 0 and 1.
  explicit FactorModel(bool labelled, double shift = 0, double stretch = 1, compute::Loss loss = compute::Loss::mse)
      : labelled(labelled), autoencoder(describe(loss)), model(*autoencoder.network, false) {
    std::vector<double> to_mean, to_code = {kRows[0], kRows[0] + 3}, spread, mean_offset;
    to_code.insert(to_code.end(), kRows[1], kRows[1] + 3);
    for (int d = 0; d < 3; ++d)
      for (int k = 0; k < 2; ++k) to_mean.push_back(variance(k) * kRows[k][d] / kVariance);
    for (int c = 0; labelled && c < 2; ++c)
      for (int k = 0; k < 2; ++k) to_mean.push_back(variance(k) * kCentres[c][k]);
    for (int k = 0; k < 2; ++k) {
      mean_offset.push_back(shift - variance(k) * dot(kRows[k], kOffset) / kVariance);
      spread.push_back(std::log(stretch * variance(k)));
    }
    set("mean_0.weight", to_mean);
    set("mean_0.bias", mean_offset);
    set("log_variance_0.bias", spread);
    set("decoder_0.weight", to_code);
    set("decoder_0.bias", {kOffset, kOffset + 3});
    if (labelled) set("centre_0.weight", {1, -2, -0.5, 3});
  }

  /// The exact log density of an image (of a class).
  static double log_likelihood(const std::array<float, 3>& image, const double* centre = nullptr) {
    double deviation[3], sum = 3 * std::log(2 * std::numbers::pi) + std::log(kVariance), rest = 0;
    for (int d = 0; d < 3; ++d) {
      deviation[d] = static_cast<double>(image[static_cast<std::size_t>(d)]) - kOffset[d];
      for (int k = 0; centre != nullptr && k < 2; ++k) deviation[d] -= centre[k] * kRows[k][d];
      rest += deviation[d] * deviation[d];
    }
    for (const auto& row : kRows) {
      const double along = dot(row, deviation) * dot(row, deviation) / dot(row, row);
      sum += along / (dot(row, row) + kVariance) + std::log(dot(row, row) + kVariance);
      rest -= along;
    }
    return -0.5 * (sum + rest / kVariance);
  }

  static double dot(const double* a, const double* b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }
  /// Parameters of the posterior.
  static double variance(int k) { return 1 / (1 + dot(kRows[k], kRows[k]) / kVariance); }

  void set(const std::string& name, const std::vector<double>& values) {
    const auto& records = autoencoder.network->parameters();
    const auto record = std::ranges::find(records, "network." + name, &compute::ParameterRecord::name);
    REQUIRE(record != records.end());
    REQUIRE(record->size == static_cast<std::int64_t>(values.size()));
    std::ranges::transform(values, model.parameters().begin() + record->offset,
                           [](double value) { return static_cast<float>(value); });
  }

  std::vector<double> estimate(std::span<const float> images, std::int64_t samples, std::uint64_t number,
                               Labels labels = {}) {
    std::vector<double> nats(images.size() / 3);
    auto rng = stream(number);
    evaluate::Likelihood(autoencoder, model, {}).estimate(images, nats, samples, rng, labels);
    return nats;
  }

  bool labelled;
  subject::Autoencoder autoencoder;
  compute::Model model;

 private:
  subject::Autoencoder describe(compute::Loss loss) const {
    subject::Autoencoder made;
    made.name = "architecture linear and bottleneck variational";
    made.network = std::make_unique<compute::Network>(kShape, labelled ? 2 : 0);
    auto& network = *made.network;
    const auto layer = [&](const char* name, Node x, std::int64_t outputs) {
      return dense(x, Weights{network.parameter(name, "weight", {x.shape().size(), outputs}, {}),
                              network.parameter(name, "bias", {outputs}, {})});
    };
    made.image = network.image();
    const Node pixels = flatten(made.image), seen = labelled ? concat({pixels, network.labels()}) : pixels;
    const Node mean = layer("mean", seen, 2), log_variance = layer("log_variance", seen, 2);
    made.code = mean;
    made.decoded = made.decoder_input = sample_gaussian(mean, log_variance);
    made.log_posterior = normal_log_density(made.decoded, mean, log_variance);
    const auto prior = standard_normal_prior(network, 2);
    made.prior_sample = prior.sample;
    made.log_prior = prior.log_density(made.decoded);
    if (labelled) {
      const Node centre = layer("centre", network.labels(), 2);
      made.prior_sample = prior.sample + centre;
      made.log_prior = prior.log_density(made.decoded - centre);
    }
    made.output = to_image(layer("decoder", made.decoder_input, 3), kShape);
    made.reconstruction = made.output;
    made.objective = {.output = made.output, .loss = loss};
    return made;
  }
};

const std::array<float, 3> kImages[] = {{0.3F, 0.9F, 0.1F}, {2, -1, 0.5F}, {0, 0, 0}};

/// A network with a code of one unit, which determines three pixels through a sigmoid.
struct CurvedModel {
  explicit CurvedModel(compute::Loss loss) : autoencoder(describe(loss)), model(*autoencoder.network, false) {
    model.initialise(*autoencoder.network, 3);
    base::PhiloxRng(4, base::Stream::task, 0, 0).normal(model.parameters());
    for (auto& value : model.parameters()) value *= 0.3F;
  }

  /// log p(x) by quadrature over the code, with textbook densities.
  double log_likelihood(std::span<const float> image) {
    constexpr int kPoints = 4001;
    constexpr double kWidth = 16, kStep = kWidth / (kPoints - 1);
    std::vector<float> codes(kPoints), pixels(3 * kPoints);
    for (int i = 0; i < kPoints; ++i) codes[static_cast<std::size_t>(i)] = static_cast<float>(i * kStep - kWidth / 2);
    evaluate::Inference(autoencoder, model, autoencoder.decoded, autoencoder.reconstruction, {})
        .apply(codes, pixels, {});
    double sum = 0;
    for (std::size_t i = 0; i < codes.size(); ++i) {
      double density = std::exp(-0.5 * codes[i] * codes[i]) / std::sqrt(2 * std::numbers::pi);
      for (std::size_t p = 0; p < 3; ++p) density *= density_of(image[p], pixels[3 * i + p]);
      sum += density * kStep;
    }
    return std::log(sum);
  }

  subject::Autoencoder autoencoder;
  compute::Model model;

 private:
  double density_of(double x, double y) const {
    switch (autoencoder.objective.loss) {
      case compute::Loss::bce: return std::pow(y, x) * std::pow(1 - y, 1 - x);
      case compute::Loss::mse:
        return std::exp(-(x - y) * (x - y) / (2 * kVariance)) / std::sqrt(2 * std::numbers::pi * kVariance);
      default: return std::exp(-std::abs(x - y)) / 2;
    }
  }
  static subject::Autoencoder describe(compute::Loss loss) {
    subject::Autoencoder made;
    made.name = "architecture mlp and bottleneck variational";
    made.network = std::make_unique<compute::Network>(kShape, 0);
    auto& network = *made.network;
    made.image = network.image();
    const Node pixels = flatten(made.image);
    // The posterior is about as wide as the prior, so no weight is far above the mean.
    const Node mean = dense(pixels, 1), log_variance = dense(pixels, 1);
    made.code = mean;
    made.decoded = made.decoder_input = sample_gaussian(mean, log_variance);
    made.log_posterior = normal_log_density(made.decoded, mean, log_variance);
    const auto prior = standard_normal_prior(network, 1);
    made.prior_sample = prior.sample;
    made.log_prior = prior.log_density(made.decoded);
    made.output = to_image(dense(4.0 * made.decoder_input, 3), kShape);
    made.reconstruction = sigmoid(made.output);
    made.objective = {.output = made.output, .nonlinearity = Activation::sigmoid, .loss = loss};
    return made;
  }
};

}  // namespace

TEST_CASE("likelihood: with the exact posterior, one draw gives the closed form") {
  FactorModel model(false);
  for (const auto& image : kImages) {
    for (const double nats : model.estimate(copies(image, 300), 1, 1)) {
      CHECK(nats == doctest::Approx(FactorModel::log_likelihood(image)).epsilon(1e-5));  // floats in
    }
  }
}

TEST_CASE("likelihood: with another posterior, one draw loses its divergence from the exact one on average") {
  constexpr double kShift = 0.2, kStretch = 1.6;
  FactorModel model(false, kShift, kStretch);
  double divergence = 0;
  for (int k = 0; k < 2; ++k) {
    divergence += 0.5 * (kStretch + kShift * kShift / FactorModel::variance(k) - 1 - std::log(kStretch));
  }
  REQUIRE(divergence > 0.2);
  for (const auto& image : kImages) {
    const auto nats = model.estimate(copies(image, 20000), 1, 2);
    // One draw has a standard deviation of about 1: three standard deviations of a mean of 20000.
    CHECK(std::abs(mean_of(nats) - (FactorModel::log_likelihood(image) - divergence)) < 0.022);
  }
}

TEST_CASE("likelihood: with another posterior, many draws give the closed form, from below") {
  FactorModel model(false, 0.2, 1.6);
  const auto& image = kImages[0];
  const double exact = FactorModel::log_likelihood(image);
  const auto one = mean_of(model.estimate(copies(image, 3000), 1, 3)),
             ten = mean_of(model.estimate(copies(image, 3000), 10, 4));
  CHECK(one + 0.1 < ten);
  CHECK(ten < exact);
  for (const double nats : model.estimate(copies(image, 20), 10000, 5)) CHECK(std::abs(nats - exact) < 0.04);
}

TEST_CASE("likelihood: a network that reads labels gives the likelihood of an image given its class") {
  FactorModel model(true);
  const auto images = copies(kImages[0], 600);
  std::vector<std::int32_t> labels(600);
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<std::int32_t>(i % 3 == 0);
  const auto nats = model.estimate(images, 1, 1, labels);
  for (const std::size_t i : {0, 1, 255, 256, 598, 599}) {
    CHECK(nats[i] ==
          doctest::Approx(FactorModel::log_likelihood(kImages[0], FactorModel::kCentres[i % 3 == 0])).epsilon(1e-5));
  }
  CHECK_THROWS_WITH_AS(model.estimate(images, 1, 1),
                       "the network of architecture linear and bottleneck variational expects a label for each of 600 "
                       "rows, but got 0",
                       std::invalid_argument);
}

TEST_CASE("likelihood: many draws reach the integral over the code, for every loss") {
  for (const auto loss : {compute::Loss::bce, compute::Loss::mse, compute::Loss::l1}) {
    CAPTURE(static_cast<int>(loss));
    CurvedModel made(loss);
    evaluate::Likelihood likelihood(made.autoencoder, made.model, {});
    std::vector<float> images;
    for (int i = 0; i < 300; ++i) images.insert(images.end(), {static_cast<float>(i % 2), 0.25F, 1});
    std::vector<double> nats(300);
    auto rng = stream(1);
    likelihood.estimate(images, nats, 3000, rng, {});
    for (const std::size_t i : {0, 1, 299}) {
      // The mean of 3000 weights whose standard deviation is about their mean.
      CHECK(std::abs(nats[i] - made.log_likelihood(std::span(images).subspan(3 * i, 3))) < 3 / std::sqrt(3000));
    }
    CHECK(nats[0] != nats[2]);
  }
}

TEST_CASE("likelihood: is finite for logits whose exponential is infinite") {
  FactorModel model(false, 0, 1, compute::Loss::bce);
  // The posterior is the prior and the code has no effect: every draw has the density of the offsets.
  for (const auto* name : {"mean_0.bias", "log_variance_0.bias"}) model.set(name, {0, 0});
  for (const auto* name : {"mean_0.weight", "decoder_0.weight"}) model.set(name, std::vector<double>(6));
  model.set("decoder_0.bias", {1000, -1000, 0});
  CHECK(model.estimate(copies({1, 0, 0.5F}, 1), 2, 1)[0] == doctest::Approx(-std::numbers::ln2));
  CHECK(model.estimate(copies({0, 1, 1}, 1), 2, 1)[0] == doctest::Approx(-2000 - std::numbers::ln2));
}

TEST_CASE("likelihood: the same stream gives the same numbers, another stream gives others") {
  FactorModel model(false, 0.2, 1.6);
  const auto images = copies(kImages[0], 300);
  const auto first = model.estimate(images, 2, 1);
  CHECK(model.estimate(images, 2, 1) == first);
  CHECK(model.estimate(images, 2, 2) != first);
  CHECK(first[0] != first[256]);  // each batch draws its own
}

TEST_CASE("likelihood: a model without one is refused with the reason, and so are sizes that do not match") {
  const auto fault = [](auto change) {
    FactorModel made(false);
    change(made.autoencoder);
    return evaluate::density_fault(made.autoencoder).reason;
  };
  CHECK(fault([](auto&) {}) == "");
  CHECK(fault([](auto& made) { made.log_prior = {}; }) ==
        "architecture linear and bottleneck variational state no prior density");
  CHECK(fault([](auto& made) { made.log_posterior = {}; }) ==
        "architecture linear and bottleneck variational state no density of the codes sampled for an image");
  CHECK(fault([](auto& made) { made.reconstruction = made.output + made.image; }) ==
        "the decoder of architecture linear and bottleneck variational reads the image as well as the code");
  FactorModel made(false);
  CHECK_THROWS_WITH_AS(made.estimate(copies(kImages[0], 2), 0, 1),
                       "the likelihoods of 2 images expect 6 pixels and at least 1 sample per image, but got 6 and 0",
                       std::invalid_argument);
  made.autoencoder.log_prior = {};
  CHECK_THROWS_WITH_AS(made.estimate(copies(kImages[0], 1), 1, 1),
                       "cannot estimate likelihoods: architecture linear and bottleneck variational state no prior "
                       "density; choose a bottleneck that samples codes and states their densities",
                       std::invalid_argument);
}

TEST_CASE("prior: decoded draws have the mean and the covariance of the closed form") {
  FactorModel model(false);
  constexpr int kDraws = 40000;
  std::vector<float> codes(2 * kDraws), images(3 * kDraws);
  auto rng = stream(1);
  evaluate::PriorSampler(model.autoencoder, model.model, {}).draw(codes, rng, {});
  evaluate::Inference(model.autoencoder, model.model, model.autoencoder.decoded, model.autoencoder.reconstruction, {})
      .apply(codes, images, {});
  for (std::size_t a = 0; a < 3; ++a) {
    for (std::size_t b = 0; b < 3; ++b) {
      double mean = 0, covariance = 0, exact = 0;
      for (std::size_t i = 0; i < kDraws; ++i) {
        const double of_a = images[3 * i + a] - FactorModel::kOffset[a];
        mean += of_a / kDraws;
        covariance += of_a * (images[3 * i + b] - FactorModel::kOffset[b]) / kDraws;
      }
      for (const auto& row : FactorModel::kRows) exact += row[a] * row[b];
      CHECK(std::abs(mean) < 0.03);  // six deviations of the mean
      CHECK(std::abs(covariance - exact) < 0.05);
    }
  }
}

TEST_CASE("prior: the same stream gives the same codes, and every call and batch draws new ones") {
  FactorModel model(false);
  evaluate::PriorSampler sampler(model.autoencoder, model.model, {});
  std::vector<float> codes(600), again(600);
  auto first = stream(1), second = stream(1);
  sampler.draw(codes, first, {});
  sampler.draw(again, second, {});
  CHECK(codes == again);
  CHECK(codes[0] != codes[2 * 256]);
  sampler.draw(again, second, {});
  CHECK(codes != again);
}

TEST_CASE("prior: one that depends on the class reads the labels, and missing labels are refused") {
  FactorModel model(true);
  evaluate::PriorSampler sampler(model.autoencoder, model.model, {});
  constexpr std::size_t kDraws = 20000;
  std::vector<std::int32_t> labels(kDraws);
  for (std::size_t i = 0; i < kDraws; ++i) labels[i] = static_cast<std::int32_t>(i % 3 == 0);
  std::vector<float> codes(2 * kDraws);
  auto rng = stream(1);
  sampler.draw(codes, rng, labels);
  for (std::size_t c = 0; c < 2; ++c) {
    for (std::size_t k = 0; k < 2; ++k) {
      double mean = 0, square = 0;
      const auto count = static_cast<double>(std::ranges::count(labels, static_cast<std::int32_t>(c)));
      for (std::size_t i = 0; i < kDraws; ++i) {
        if (labels[i] != static_cast<std::int32_t>(c)) continue;
        const double code = codes[2 * i + k] - FactorModel::kCentres[c][k];
        mean += code / count;
        square += code * code / count;
      }
      CHECK(std::abs(mean) < 0.06);  // five standard deviations
      CHECK(std::abs(square - 1) < 0.09);
    }
  }
  CHECK_THROWS_WITH_AS(
      sampler.draw(codes, rng, {}),
      "the network of architecture linear and bottleneck variational expects a label for each of 20000 "
      "rows, but got 0",
      std::invalid_argument);
}

TEST_CASE("prior: a network without one is refused, and so is room for part of a code") {
  FactorModel model(false);
  std::vector<float> codes(3);
  auto rng = stream(1);
  const auto draw = [&] { evaluate::PriorSampler(model.autoencoder, model.model, {}).draw(codes, rng, {}); };
  CHECK_THROWS_WITH_AS(draw(), "codes expect a multiple of 2 numbers, but got room for 3", std::invalid_argument);
  model.autoencoder.prior_sample = {};
  CHECK_THROWS_WITH_AS(draw(),
                       "cannot sample codes: architecture linear and bottleneck variational have no prior; choose a "
                       "bottleneck with a prior",
                       std::invalid_argument);
}

// Measuring a step: what is counted, and that the parts sum to the whole.
#include "bench/step.hpp"

#include <doctest/doctest.h>

#include <map>

#include "bench/breakdown.hpp"
#include "subject/autoencoder.hpp"
#include "support/experiment.hpp"

using namespace hourglass;

namespace {

constexpr ImageShape kImage{1, 28, 28};

subject::Autoencoder assembled(const bench::BenchNetwork& network) {
  const auto config = test::resolve_experiment("[dataset]\nplugin = \"shapes\"\n\n" + network.tables);
  return subject::assemble(config, kImage, 2);
}

}  // namespace

TEST_CASE("step: every network has as many parameters as PyTorch's") {
  const std::map<std::string, std::int64_t> parameters = {{"mlp_784_128/b128", 201616},
                                                          {"mlp_784_512_256_64/b128", 1100112},
                                                          {"mlp_784_1000_500_250_30/b256", 2837314},
                                                          {"mlp_784_1000_500_250_30/b1000", 2837314},
                                                          {"sparse_784_2000_top100/b128", 3138784},
                                                          {"sparse_784_16384_top32/b4096", 25707280},
                                                          {"conv_strided_16_32_64/b128", 211905},
                                                          {"conv_pooled_32_32/b128", 28353}};
  for (const auto& network : bench::networks()) {
    CHECK_MESSAGE(assembled(network).network->parameter_count() == parameters.at(network.name), network.name);
  }
}

TEST_CASE("step: a dense network needs 6 operations per parameter and image") {
  for (const auto& network : bench::networks_named({"mlp_784_128", "mlp_784_512"})) {
    const auto autoencoder = assembled(network);
    CHECK(bench::training_flops(*autoencoder.network, 10) ==
          60 * static_cast<double>(autoencoder.network->parameter_count()));
  }
}

TEST_CASE("step: a convolution's operations are counted at each pixel of its smaller image") {
  // [1, 28, 28] -> [16, 14, 14] -> [32, 7, 7] -> 64 and back: weights at the positions of the smaller image, biases at
  // those of the output.
  const double down = 144 * 14 * 14 + 16 * 14 * 14 + 4608 * 7 * 7 + 32 * 7 * 7, middle = 2 * 64 * 1568 + 64 + 1568,
               up = 4608 * 7 * 7 + 16 * 14 * 14 + 144 * 14 * 14 + 28 * 28;
  const auto autoencoder = assembled(bench::networks_named({"conv_strided"}).at(0));
  CHECK(bench::training_flops(*autoencoder.network, 1) == 6 * (down + middle + up));
}

TEST_CASE("step: the parts and the overhead sum to the step") {
  const train::Profile profile{
      .data = 1, .noise = 2, .forward = 3, .backward = 4, .optimizer = 5, .total = 20, .steps = 10};
  double sum = 0;
  for (const auto& part : bench::breakdown_of(profile)) sum += part.milliseconds;
  CHECK(sum == doctest::Approx(2000));
  CHECK(bench::breakdown_of(profile).back().name == "overhead");
  CHECK(bench::breakdown_of(profile).back().milliseconds == doctest::Approx(500));
}

TEST_CASE("step: a measurement times the trainer's own steps and operations") {
  const std::atomic<bool> stop = false;
  const auto network = bench::networks_named({"mlp_784_128"}).at(0);
  const auto measured =
      bench::measure_step(network, test::registry(), {.steps = 2, .repetitions = 2, .operations = true}, stop);
  REQUIRE(measured);
  CHECK(measured->profile.steps == 2);
  CHECK(measured->profile.forward > 0);
  CHECK(measured->profile.backward > 0);
  CHECK(measured->profile.total >= measured->profile.forward + measured->profile.backward);
  CHECK(measured->peak_mib > 1);
  REQUIRE(!measured->operations.empty());
  CHECK(measured->operations.back().name == "loss");
  CHECK(measured->operations.back().forward_seconds > 0);
}

TEST_CASE("step: a stopped measurement returns nothing") {
  const std::atomic<bool> stop = true;
  const auto network = bench::networks_named({"mlp_784_128"}).at(0);
  CHECK(!bench::measure_step(network, test::registry(), {}, stop));
}

// Parameters and their initial values.
#include "compute/graph/model.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "hourglass/layers.hpp"

namespace hourglass::compute {
namespace {

struct Drawn {
  Network network{{1, 1, 1}, 0};
  Model model;

  explicit Drawn(std::uint64_t seed) : model(described(network), false) { model.initialise(network, seed); }

  static Network& described(Network& network) {
    network.parameter("a", "constant", {5}, {Init::Kind::constant, 0.25});
    network.parameter("b", "uniform", {100, 100}, {Init::Kind::uniform, 0.5});
    network.parameter("c", "normal", {100, 101}, {Init::Kind::normal, 2.0});
    network.parameter("d", "normal", {100, 101}, {Init::Kind::normal, 2.0});
    return network;
  }
  std::span<const float> values(std::size_t index) const {
    const auto& parameter = network.parameters()[index];
    return model.parameters().subspan(static_cast<std::size_t>(parameter.offset),
                                      static_cast<std::size_t>(parameter.size));
  }
};

double mean(std::span<const float> values, double power) {
  double sum = 0;
  for (const float x : values) sum += std::pow(static_cast<double>(x), power);
  return sum / static_cast<double>(values.size());
}

TEST_CASE("initialise: every kind draws from its distribution") {
  const Drawn drawn(1);
  const auto constant = drawn.values(0), uniform = drawn.values(1), normal = drawn.values(2);
  CHECK(std::all_of(constant.begin(), constant.end(), [](float x) { return x == 0.25f; }));
  CHECK(std::all_of(uniform.begin(), uniform.end(), [](float x) { return std::abs(x) <= 0.5f; }));
  // Four standard deviations of moments of 10,000 draws.
  CHECK(std::abs(mean(uniform, 1)) < 0.012);
  CHECK(mean(uniform, 2) == doctest::Approx(0.5 * 0.5 / 3).epsilon(0.04));
  CHECK(std::abs(mean(normal, 1)) < 0.08);
  CHECK(mean(normal, 2) == doctest::Approx(4).epsilon(0.06));
}

TEST_CASE("initialise: the same seed gives the same bytes, another seed or parameter gives others") {
  const Drawn one(1), same(1), other(2);
  CHECK(std::equal(one.model.parameters().begin(), one.model.parameters().end(), same.model.parameters().begin()));
  CHECK_FALSE(std::equal(one.values(1).begin(), one.values(1).end(), other.values(1).begin()));
  CHECK_FALSE(std::equal(one.values(2).begin(), one.values(2).end(), one.values(3).begin()));
}

TEST_CASE("initialise: a copy starts with the values of its original, the mean image with those given") {
  Network network({1, 2, 3}, 0);
  const Node weight = network.parameter("a", "weight", {4, 6}, {Init::Kind::normal, 1.0});
  network.parameter("b", "weight", {4, 6}, Init::copy_of(weight));
  network.parameter("b", "bias", {6}, Init::mean_image());
  CHECK(network.starts_at_mean_image());
  Model model(network, false);
  const auto values = [&](std::size_t i) {
    const auto& parameter = network.parameters()[i];
    const auto* first = model.parameters().data() + parameter.offset;
    return std::vector<float>(first, first + parameter.size);
  };
  const std::vector<float> mean = {1, 2, 3, 4, 5, 6};
  model.initialise(network, 1, mean);
  CHECK(values(1) == values(0));
  CHECK(values(2) == mean);
  model.initialise(network, 1);
  CHECK(values(2) == std::vector<float>(6));
}

TEST_CASE("initialise: copies and mean images of other sizes are refused") {
  Network network({1, 2, 3}, 0);
  const Node weight = network.parameter("a", "weight", {4, 6}, {Init::Kind::normal, 1.0});
  CHECK_THROWS_WITH_AS(network.parameter("b", "weight", {6, 4}, Init::copy_of(weight)),
                       "network.b_0.weight [6, 4] cannot start as a copy of network.a_0.weight [4, 6]",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(network.parameter("b", "weight", {1, 6}, Init::copy_of(network.image())),
                       "network.b_0.weight cannot start as a copy of image, which is not a parameter",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(network.parameter("b", "bias", {5}, Init::mean_image()),
                       "network.b_0.bias [5] cannot start as the mean image, which has 6 numbers",
                       std::invalid_argument);
}

TEST_CASE("model: buffers are 64-byte aligned, and gradients exist only if requested") {
  Drawn drawn(1);
  CHECK(reinterpret_cast<std::uintptr_t>(drawn.model.parameters().data()) % 64 == 0);
  CHECK(drawn.model.gradients().empty());
  CHECK(Model(drawn.network, true).gradients().size() == drawn.model.parameters().size());
}

}  // namespace
}  // namespace hourglass::compute

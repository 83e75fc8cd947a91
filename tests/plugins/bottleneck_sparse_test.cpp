// The sparse bottleneck: its penalties have the values of their formulas.
#include <doctest/doctest.h>

#include <cmath>

#include "compute/graph/plan.hpp"
#include "hourglass/bottleneck.hpp"
#include "support/plugins.hpp"

using namespace hourglass;

namespace {

/// Returns the weighted penalties of a batch of two codes of four units, whose weights are zero and whose biases are
/// `bias`.
std::vector<double> penalties(const std::map<std::string, Value>& params, float bias) {
  const auto sparse = test::make<Bottleneck>("sparse", params);
  compute::Network network({1, 2, 3}, 0);
  const auto code = sparse->constrain(network, {.encoding = {flatten(network.image())}, .size = 4});
  compute::Model model(network, true);
  const auto& record = network.parameters().back();
  REQUIRE(record.dims == std::vector<std::int64_t>{4});
  for (auto i = record.offset; i < record.offset + record.size; ++i)
    model.parameters()[static_cast<std::size_t>(i)] = bias;
  compute::Plan plan(
      network, model,
      {.batch = 2, .training = true, .feeds = {}, .outputs = {}, .objective = compute::Objective{.output = code.code}});
  const auto losses = plan.forward();
  std::vector<double> weighted(losses.penalties.begin(), losses.penalties.end());
  for (std::size_t i = 0; i < weighted.size(); ++i) weighted[i] *= network.penalties()[i].weight.value;
  return weighted;
}

/// Activations are computed in float.
constexpr double kFloat = 1e-5;

}  // namespace

TEST_CASE("sparse: the KL penalty is the divergence summed over units") {
  const auto values = penalties({{"kl_weight", 0.5}, {"rho", 0.1}}, 0.0F);
  REQUIRE(values.size() == 1);
  CHECK(values[0] ==
        doctest::Approx(0.5 * 4 * (0.1 * std::log(0.1 / 0.5) + 0.9 * std::log(0.9 / 0.5))).epsilon(kFloat));
}

TEST_CASE("sparse: the KL penalty vanishes where the mean activation is rho") {
  const auto values = penalties({{"kl_weight", 0.5}, {"rho", 0.5}}, 0.0F);
  CHECK(std::abs(values.at(0)) < 1e-6);
}

TEST_CASE("sparse: units that are always on keep the KL penalty finite") {
  CHECK(std::isfinite(penalties({}, 200.0F).at(0)));
  CHECK(std::isfinite(penalties({}, -200.0F).at(0)));
}

TEST_CASE("sparse: the L1 penalty is the sum of absolute values, mean over the batch") {
  const auto values =
      penalties({{"kl_weight", 0.0}, {"l1_weight", 0.25}, {"activation", std::string("identity")}}, -2.0F);
  REQUIRE(values.size() == 1);
  CHECK(values[0] == doctest::Approx(0.25 * 4 * 2).epsilon(kFloat));
}

TEST_CASE("sparse: a KL penalty on activations outside (0, 1) is refused") {
  CHECK_THROWS_WITH(test::make<Bottleneck>("sparse", {{"activation", std::string("relu")}}),
                    doctest::Contains("kl_weight = 0.005 with activation = \"relu\""));
}

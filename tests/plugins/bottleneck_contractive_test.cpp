// The contractive penalty equals the squared Jacobian from differences of the encoder, and its gradient is exact.
#include <doctest/doctest.h>

#include <cmath>

#include "plugins/bottleneck_trial.hpp"

using namespace hourglass;
using test::Trial;

namespace {

/// The mean over the batch of the squared Frobenius norm of d code / d image, by central differences.
double measured(Trial& trial) {
  constexpr float kStep = 1e-2F;
  const auto& autoencoder = trial.autoencoder;
  auto plan = trial.plan(false, {}, {autoencoder.code});
  const auto image = plan.feed(autoencoder.image);
  const auto pixels = trial.images.size() / Trial::kBatch;
  double sum = 0;
  for (std::size_t i = 0; i < pixels; ++i) {
    const auto code_at = [&](float change) {
      std::ranges::copy(trial.images, image.begin());
      for (std::size_t n = 0; n < Trial::kBatch; ++n) image[n * pixels + i] += change;
      plan.forward();
      return test::copy(plan.value(autoencoder.code));
    };
    const auto above = code_at(kStep), below = code_at(-kStep);
    for (std::size_t k = 0; k < above.size(); ++k) sum += std::pow((above[k] - below[k]) / (2 * kStep), 2.0);
  }
  return sum / Trial::kBatch;
}

double contraction(Trial& trial) {
  const auto losses = test::losses_of(trial);
  return losses.at("contraction");
}

Trial contractive(const std::string& architecture, const std::vector<std::string>& overrides, ImageShape shape) {
  return {test::resolve_experiment(Trial::text(architecture, "contractive", 4), overrides), shape, 1};
}

}  // namespace

TEST_CASE("contractive: the penalty is the squared Jacobian of the code, for encoders of any depth") {
  // Differences in single precision of a smooth function.
  constexpr double kDifference = 5e-3;
  for (const std::string activation : {"tanh", "sigmoid", "softplus", "swish", "gelu", "elu", "identity"}) {
    CAPTURE(activation);
    for (const std::string hidden : {"[]", "[8]", "[8, 6]"}) {
      CAPTURE(hidden);
      std::vector<std::string> overrides = {"architecture.hidden=" + hidden, "bottleneck.activation=" + activation};
      if (hidden != "[]") overrides.push_back("architecture.activation=" + activation);
      auto trial = contractive("mlp", overrides, {1, 3, 5});
      trial.leave_kinks();
      CHECK(contraction(trial) == doctest::Approx(measured(trial)).epsilon(kDifference));
    }
  }
}

TEST_CASE("contractive: the penalty is the squared Jacobian through convolutions and pooling") {
  for (const std::string down : {"stride", "max_pool", "average_pool"}) {
    CAPTURE(down);
    const std::vector<std::string> overrides = {"architecture.channels=[3, 2]", "architecture.activation=tanh",
                                                "architecture.down=" + down};
    auto trial = contractive("conv", overrides, {2, 8, 8});
    CHECK(contraction(trial) == doctest::Approx(measured(trial)).epsilon(0.01));
    test::check_gradients(trial);
  }
}

TEST_CASE("contractive: one layer of sigmoids has Rifai's closed form") {
  auto trial = contractive("mlp", {"architecture.hidden=[]"}, {1, 1, 2});
  const auto weight = test::numbers_of(trial, "bottleneck.dense_0.weight");  // [2, 4]
  std::ranges::fill(weight, 0.0F);
  weight[0] = 3;  // d h_0 / d x_0 = h (1 - h) * 3
  weight[5] = 2;  // d h_1 / d x_1
  std::ranges::fill(test::numbers_of(trial, "bottleneck.dense_0.bias"), 0.0F);
  std::ranges::fill(trial.images, 0.0F);  // h = 1/2
  CHECK(contraction(trial) == doctest::Approx((9.0 + 4.0) / 16).epsilon(1e-6));
}

TEST_CASE("contractive: gradients are those of the total, with the second derivatives of every non-linearity") {
  for (const std::string activation : {"tanh", "sigmoid", "softplus", "swish", "gelu", "elu", "leaky_relu"}) {
    CAPTURE(activation);
    auto trial = contractive("mlp",
                             {"architecture.hidden=[8]", "architecture.activation=" + activation,
                              "bottleneck.activation=" + activation, "bottleneck.weight=5"},
                             {1, 3, 5});
    test::check_gradients(trial);
  }
}

TEST_CASE("contractive: an encoder without a derivative per sample is refused with its operation") {
  CHECK_THROWS_WITH(
      contractive("conv", {"architecture.norm=batch"}, {1, 8, 8}),
      doctest::Contains("the Jacobian of bottleneck.sigmoid_0 is not known through encoder.batch_norm_1"));
}

// What today's sparse dictionaries are trained with: the auxiliary loss on dead units, batch top-k, JumpReLU and gates,
// each against its formula.
#include <cmath>

#include "plugins/bottleneck_trial.hpp"

using namespace hourglass;
using test::numbers_of;
using test::Trial;

namespace {

constexpr std::size_t kInputs = 63, kVectors = 6;

/// A sparse dictionary of `size` units, trained by squared error summed over the pixels.
Trial dictionary(const std::string& bottleneck, std::vector<std::string> overrides, std::int64_t size = 12) {
  overrides.insert(overrides.begin(), {"train.loss=mse", "train.output=linear", "train.reduction=sum"});
  return Trial(test::resolve_experiment(Trial::text("sparse", bottleneck, size), overrides), {1, 9, 7}, 1);
}

/// The units before they are constrained, [N, K].
std::vector<double> units_of(Trial& trial) {
  const auto weight = numbers_of(trial, "encoder.sparse_0.weight"), bias = numbers_of(trial, "encoder.sparse_0.bias"),
             mean = numbers_of(trial, "encoder.sparse_0.pre_bias");
  std::vector<double> units(kVectors * bias.size());
  for (std::size_t n = 0; n < kVectors; ++n) {
    for (std::size_t k = 0; k < bias.size(); ++k) {
      double& unit = units[n * bias.size() + k] = static_cast<double>(bias[k]);
      for (std::size_t d = 0; d < kInputs; ++d) {
        unit +=
            static_cast<double>(trial.images[n * kInputs + d] - mean[d]) * static_cast<double>(weight[k * kInputs + d]);
      }
    }
  }
  return units;
}

/// Clean images minus code * directions, and minus the bias if `biased`, [N, D].
std::vector<double> residual_of(Trial& trial, const std::vector<double>& code, const std::vector<double>& target,
                                bool biased) {
  const auto directions = numbers_of(trial, "decoder.sparse_0.weight"),
             mean = numbers_of(trial, "encoder.sparse_0.pre_bias");
  auto left = target;
  const auto units = code.size() / kVectors;
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (biased) left[i] -= static_cast<double>(mean[i % kInputs]);
    for (std::size_t k = 0; k < units; ++k) {
      left[i] -= code[i / kInputs * units + k] * static_cast<double>(directions[k * kInputs + i % kInputs]);
    }
  }
  return left;
}

std::vector<double> images_of(const Trial& trial) { return {trial.images.begin(), trial.images.end()}; }

double squares(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  return sum;
}

/// Keeps the `count` largest of each sample's units for which allowed(unit).
template <class Allowed>
std::vector<double> largest(const std::vector<double>& units, std::size_t count, Allowed allowed) {
  const auto width = units.size() / kVectors;
  std::vector<double> code(units.size());
  for (std::size_t n = 0; n < kVectors; ++n) {
    for (std::size_t kept = 0; kept < count; ++kept) {
      std::size_t best = width;
      for (std::size_t k = 0; k < width; ++k) {
        const bool taken = code[n * width + k] != 0 || !allowed(k);
        if (!taken && (best == width || units[n * width + k] > units[n * width + best])) best = k;
      }
      if (best < width) code[n * width + best] = units[n * width + best];
    }
  }
  return code;
}

}  // namespace

TEST_CASE("topk: the auxiliary loss is the squared residual that dead units leave, and its gradient is theirs alone") {
  const std::vector<std::string> keys = {"bottleneck.k=2", "bottleneck.aux_k=3", "bottleneck.dead_after=6"};
  const auto with_weight = [&](const std::string& weight) {
    auto overrides = keys;
    overrides.push_back("bottleneck.aux_weight=" + weight);
    return dictionary("topk", overrides);
  };
  auto trial = with_weight("1"), without = with_weight("1e-12");
  const auto units = units_of(trial), code = largest(units, 2, [](std::size_t) { return true; });
  std::vector<bool> dead(12, true);
  for (std::size_t i = 0; i < code.size(); ++i) dead[i % 12] = dead[i % 12] && code[i] == 0;
  REQUIRE(std::ranges::count(dead, true) > 3);
  const auto chosen = largest(units, 3, [&](std::size_t k) { return dead[k]; });
  const auto left = residual_of(trial, chosen, residual_of(trial, code, images_of(trial), true), false);

  auto plan = trial.plan(true, {}, {}), plan_without = without.plan(true, {}, {});
  const auto losses = test::losses_of(trial, plan);
  CHECK(losses.at("auxiliary") == doctest::Approx(squares(left) / kVectors));
  CHECK(losses.at("dead") == static_cast<double>(std::ranges::count(dead, true)));
  CHECK(losses.at("total") == doctest::Approx(losses.at("reconstruction") + losses.at("auxiliary")));

  test::losses_of(without, plan_without);
  plan.backward();
  plan_without.backward();
  const auto& records = trial.autoencoder.network->parameters();
  for (const auto& record : records) {
    if (record.name != "decoder.sparse_0.weight") continue;
    for (std::size_t i = 0; i < 12 * kInputs; ++i) {
      double expected = 0;
      for (std::size_t n = 0; n < kVectors; ++n) {
        expected -= 2.0 / kVectors * chosen[n * 12 + i / kInputs] * left[n * kInputs + i % kInputs];
      }
      const auto at = static_cast<std::size_t>(record.offset) + i;
      CHECK(std::abs(static_cast<double>(trial.model.gradients()[at] - without.model.gradients()[at]) - expected) <
            1e-4);
    }
  }
}

TEST_CASE("topk: the auxiliary loss needs a decoder that is one dense layer") {
  CHECK_THROWS_WITH(test::bottleneck_trial("topk", {"bottleneck.aux_weight=1", "train.loss=mse"}),
                    doctest::Contains("needs a decoder that is one dense layer, and a linear output"));
  const auto linear = test::resolve_experiment(
      Trial::text("mlp", "topk", 12),
      {"architecture.hidden=[]", "bottleneck.aux_weight=1", "train.loss=mse", "train.output=linear"});
  Trial trial(linear, {1, 9, 7}, 1);
  CHECK(test::losses_of(trial).contains("auxiliary"));
}

TEST_CASE("topk: without aux_k, as many dead units are chosen as the power of two nearest to half of the pixels") {
  auto trial = dictionary("topk", {"bottleneck.aux_weight=1"}, 200);  // 63 / 2 -> 32
  std::vector<std::int64_t> counts;
  for (const auto& node : trial.autoencoder.network->nodes()) {
    const auto* top = node.leaf == compute::Leaf::none ? std::get_if<op::TopK>(&node.operation) : nullptr;
    if (top != nullptr && top->masked) counts.push_back(top->count);
  }
  CHECK(counts == std::vector<std::int64_t>{32});
}

TEST_CASE("batch_topk: keeps k of a sample on average in training, then what reaches the threshold") {
  auto trial = dictionary("batch_topk", {"bottleneck.k=2"});
  auto plan = trial.plan(true, {}, {trial.autoencoder.code});
  plan.forward();
  const auto code = test::copy(plan.value(trial.autoencoder.code));
  CHECK(std::ranges::count_if(code, [](float unit) { return unit > 0; }) == 2 * kVectors);
  float least = INFINITY;
  for (const float unit : code) least = unit > 0 ? std::min(least, unit) : least;
  auto threshold = numbers_of(trial, "bottleneck.batch_top_k_0.threshold");
  CHECK(threshold[0] == least);
  threshold[0] *= 0.9999F;  // another plan may round differently
  auto later = trial.plan(false, {}, {trial.autoencoder.code});
  later.forward();
  const auto kept = later.value(trial.autoencoder.code);
  for (std::size_t i = 0; i < code.size(); ++i) {
    CHECK(static_cast<double>(kept[i]) == doctest::Approx(static_cast<double>(code[i])));
  }
}

TEST_CASE("jump_relu: values, and the pseudo-derivatives of Rajamanoharan et al. (2024), equations 11 and 12") {
  const double threshold = 0.3, bandwidth = 0.4, weight = 0.25;
  auto trial =
      dictionary("jump_relu", {"bottleneck.threshold=0.3", "bottleneck.bandwidth=0.4", "bottleneck.l0_weight=0.25"});
  const auto units = units_of(trial);
  auto code = units;
  double active = 0;
  for (double& unit : code) unit = unit > threshold ? unit : 0;
  for (const double unit : code) active += unit != 0 ? 1.0 / kVectors : 0;
  const auto left = residual_of(trial, code, images_of(trial), true);

  auto plan = trial.plan(true, {}, {});
  const auto losses = test::losses_of(trial, plan);
  CHECK(losses.at("reconstruction") == doctest::Approx(squares(left) / kVectors));
  CHECK(losses.at("l0") == doctest::Approx(active));
  CHECK(losses.at("total") == doctest::Approx(losses.at("reconstruction") + weight * active));
  plan.backward();
  const auto directions = numbers_of(trial, "decoder.sparse_0.weight");
  int moved = 0;
  for (const auto& record : trial.autoencoder.network->parameters()) {
    if (!record.name.ends_with("log_threshold")) continue;
    for (std::size_t k = 0; k < 12; ++k) {
      double expected = 0;  // by the threshold, and times it: by its logarithm
      for (std::size_t n = 0; n < kVectors; ++n) {
        if (std::abs(units[n * 12 + k] - threshold) >= bandwidth / 2) continue;
        ++moved;
        double by_code = 0;
        for (std::size_t d = 0; d < kInputs; ++d) {
          by_code -= 2 * left[n * kInputs + d] * static_cast<double>(directions[k * kInputs + d]);
        }
        expected -= (threshold * by_code + weight) / bandwidth * threshold / kVectors;
      }
      const auto got = trial.model.gradients()[static_cast<std::size_t>(record.offset) + k];
      CHECK(static_cast<double>(got) == doctest::Approx(expected).epsilon(1e-3));
    }
  }
  CHECK(moved > 5);
}

TEST_CASE("gated: one path opens units, the other measures them; the gates' own reconstruction leaves the decoder") {
  auto trial = dictionary("gated", {"bottleneck.l1_weight=0.25"});
  auto scale = numbers_of(trial, "bottleneck.gated_0.log_scale"), bias = numbers_of(trial, "bottleneck.gated_0.bias");
  for (std::size_t k = 0; k < 12; ++k) scale[k] = 0.1F * static_cast<float>(k), bias[k] = 0.05F;
  const auto units = units_of(trial);
  std::vector<double> code(units.size()), gates(units.size());
  double open = 0;
  for (std::size_t i = 0; i < units.size(); ++i) {
    const double magnitude = std::exp(0.1 * static_cast<double>(i % 12)) * units[i] + 0.05;
    code[i] = units[i] > 0 ? std::max(magnitude, 0.0) : 0;
    gates[i] = std::max(units[i], 0.0);
    open += gates[i] / kVectors;
  }
  const auto left = residual_of(trial, code, images_of(trial), true);
  auto plan = trial.plan(true, {}, {});
  const auto losses = test::losses_of(trial, plan);
  CHECK(losses.at("reconstruction") == doctest::Approx(squares(left) / kVectors));
  CHECK(losses.at("l1") == doctest::Approx(open));
  CHECK(losses.at("auxiliary") ==
        doctest::Approx(squares(residual_of(trial, gates, images_of(trial), true)) / kVectors));
  plan.backward();
  for (const auto& record : trial.autoencoder.network->parameters()) {
    if (record.name != "decoder.sparse_0.weight") continue;
    for (std::size_t i = 0; i < 12 * kInputs; ++i) {
      double expected = 0;  // of the reconstruction alone
      for (std::size_t n = 0; n < kVectors; ++n) {
        expected -= 2.0 / kVectors * code[n * 12 + i / kInputs] * left[n * kInputs + i % kInputs];
      }
      CHECK(std::abs(static_cast<double>(trial.model.gradients()[static_cast<std::size_t>(record.offset) + i]) -
                     expected) < 2e-4);
    }
  }
}

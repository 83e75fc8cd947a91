// Small autoencoders with a bottleneck under test, and their parameters.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "contract/autoencoder_trial.hpp"

namespace hourglass::test {

/// An mlp of one hidden layer of `hidden` units on images of 9 x 7 binary pixels, with a code of `size` units and bce.
inline Trial bottleneck_trial(const std::string& bottleneck, std::vector<std::string> overrides = {},
                              std::int64_t size = 4) {
  overrides.insert(overrides.begin(), {"architecture.hidden=[8]", "architecture.activation=tanh", "train.loss=bce"});
  Trial trial(resolve_experiment(Trial::text("mlp", bottleneck, size), overrides), {1, 9, 7}, 1);
  for (auto& pixel : trial.images) pixel = pixel < 0.5F ? 0.0F : 1.0F;
  return trial;
}

/// A parameter's numbers.
inline std::span<float> numbers_of(Trial& trial, const std::string& name) {
  for (const auto& record : trial.autoencoder.network->parameters()) {
    if (record.name != name) continue;
    return trial.model.parameters().subspan(static_cast<std::size_t>(record.offset),
                                            static_cast<std::size_t>(record.size));
  }
  throw std::runtime_error("there is no parameter " + name);
}

/// Compares the gradients of all trained parameters with differences of the total.
inline void check_gradients(Trial& trial) {
  trial.leave_kinks();
  auto plan = trial.plan(true, {}, {});
  plan.forward({1, 1});
  plan.backward();
  for (const auto& record : trial.autoencoder.network->parameters()) {
    if (record.trained) check_gradient(trial, plan, record);
  }
}

/// The losses of a training step of `plan`: "total", "reconstruction" and each penalty, not weighted.
inline std::map<std::string, double> losses_of(const Trial& trial, compute::Plan& plan) {
  const auto losses = plan.forward({1, 1});
  std::map<std::string, double> result = {{"total", losses.total}, {"reconstruction", losses.loss}};
  const auto& penalties = trial.autoencoder.network->penalties();
  for (std::size_t i = 0; i < penalties.size(); ++i) result[penalties[i].name] = losses.penalties[i];
  return result;
}
inline std::map<std::string, double> losses_of(Trial& trial) {
  auto plan = trial.plan(true, {}, {});
  return losses_of(trial, plan);
}

}  // namespace hourglass::test

// A small network in training, for tests of what a whole step does.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "compute/checker.hpp"
#include "compute/optimise/optimizers.hpp"

namespace hourglass::compute::test {

/// The default values of an optimiser, with some replaced.
inline std::vector<Value> optimizer_values(const std::string& name,
                                           const std::vector<std::pair<std::string, Value>>& replaced = {}) {
  std::vector<Value> values;
  for (const auto& alternative : optimizer_alternatives()) {
    if (alternative.name != name) continue;
    for (const ParamSpec& param : alternative.params) {
      values.push_back(param.default_value);
      for (const auto& [key, value] : replaced) {
        if (key == param.name) values.back() = value;
      }
    }
  }
  return values;
}

/// 1 x 10 x 10 images through 60 and 7 to an output of the same shape, with dropout and a penalty; larger than one
/// block of every kind, so that threads have something to share.
struct Training {
  Network network{{1, 10, 10}, 0};
  Node image = network.image();
  Node code, output;
  std::unique_ptr<Model> model;
  std::unique_ptr<Plan> plan;

  explicit Training(std::int64_t batch = 90, double dropout_rate = 0.2) {
    const Node hidden = dropout(activation(dense(flatten(image), 60), Activation::gelu), dropout_rate);
    code = tanh(dense(hidden, 7));
    network.penalty("sparsity", square(batch_mean(code)), 0.1);
    output = to_image(dense(relu(dense(code, 60)), 100), {1, 10, 10});
    model = std::make_unique<Model>(network, true);
    model->initialise(network, 3);
    plan = std::make_unique<Plan>(network, *model,
                                  PlanSpec{.batch = batch,
                                           .training = true,
                                           .feeds = {},
                                           .outputs = {},
                                           .objective = Objective{output, Activation::sigmoid, Loss::bce, false}});
    const auto images = draw(plan->feed(image).size(), 5, 0, 1);
    std::copy(images.begin(), images.end(), plan->feed(image).begin());
    std::copy(images.begin(), images.end(), plan->target().begin());
  }

  Losses step(std::uint64_t index) {
    const Losses losses = plan->forward({.seed = 11, .step = index});
    plan->backward();
    return losses;
  }
};

}  // namespace hourglass::compute::test

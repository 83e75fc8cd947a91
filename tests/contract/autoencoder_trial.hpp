// One network of an architecture and a bottleneck with default parameters, and what the contracts do with it.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "host/random.hpp"
#include "support/experiment.hpp"
#include "train/autoencoder.hpp"

namespace hourglass::test {

inline constexpr ImageShape kTrialShapes[] = {{1, 28, 28}, {3, 32, 32}, {1, 9, 7}};

/// An untrained autoencoder for images of `shape`, with a batch of random images in [0, 1].
class Trial {
 public:
  static constexpr std::int64_t kBatch = 6, kCode = 5;

  Trial(const std::string& architecture, const std::string& bottleneck, ImageShape shape, std::uint64_t seed = 1)
      : config_(experiment("[dataset]\nplugin = \"shapes\"\n[architecture]\nplugin = \"" + architecture +
                           "\"\n[bottleneck]\nplugin = \"" + bottleneck + "\"\nsize = " + std::to_string(kCode) +
                           "\n")),
        autoencoder(train::assemble(config_, shape, 2)),
        model(*autoencoder.network, true),
        images(static_cast<std::size_t>(kBatch * shape.size())) {
    model.initialise(*autoencoder.network, seed);
    host::PhiloxRng(5, host::Stream::dataset, 0, 0).uniform(images);
  }

  /// Compiles a plan of `kBatch` images; the image and the target, where there are any, hold the trial's images.
  compute::Plan plan(bool training, std::vector<Node> feeds, std::vector<Node> outputs) {
    compute::PlanSpec spec{.batch = kBatch,
                           .training = training,
                           .feeds = std::move(feeds),
                           .outputs = std::move(outputs),
                           .objective = {}};
    if (training) spec.objective = autoencoder.objective;
    compute::Plan plan(*autoencoder.network, model, spec);
    if (training) std::copy(images.begin(), images.end(), plan.target().begin());
    if (spec.feeds.empty()) std::copy(images.begin(), images.end(), plan.feed(autoencoder.image).begin());
    return plan;
  }

  /// Takes steps of plain gradient descent, with the same dropout masks in each; returns the total before each and at
  /// the end.
  std::vector<double> descend(int steps, float rate) {
    auto step = plan(true, {}, {});
    std::vector<double> totals;
    for (int i = 0; i < steps; ++i) {
      totals.push_back(step.forward({1, 1}).total);
      step.backward();
      for (std::size_t k = 0; k < model.parameters().size(); ++k) model.parameters()[k] -= rate * model.gradients()[k];
    }
    totals.push_back(step.forward({1, 1}).total);
    return totals;
  }

 private:
  host::Config config_;

 public:
  train::Autoencoder autoencoder;
  compute::Model model;
  std::vector<float> images;
};

}  // namespace hourglass::test

// One network of an architecture and a bottleneck with a batch of images, and what tests of plugins do with it.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "compute/graph/plan.hpp"
#include "subject/autoencoder.hpp"
#include "support/experiment.hpp"

namespace hourglass::test {

inline constexpr ImageShape kTrialShapes[] = {{1, 28, 28}, {3, 32, 32}, {1, 9, 7}};

/// An untrained autoencoder for images of `shape`, with a batch of random images in [0, 1].
class Trial {
 public:
  static constexpr std::int64_t kBatch = 6, kCode = 5, kClasses = 2;

  /// An experiment file with default parameters.
  static std::string text(const std::string& architecture, const std::string& bottleneck, std::int64_t size) {
    return "[dataset]\nplugin = \"shapes\"\n[architecture]\nplugin = \"" + architecture +
           "\"\n[bottleneck]\nplugin = \"" + bottleneck + "\"\nsize = " + std::to_string(size) + "\n";
  }

  /// With default parameters.
  Trial(const std::string& architecture, const std::string& bottleneck, ImageShape shape, std::uint64_t seed = 1)
      : Trial(resolve_experiment(text(architecture, bottleneck, kCode)), shape, seed) {}

  Trial(const experiment::Config& config, ImageShape shape, std::uint64_t seed)
      : autoencoder(subject::assemble(config, shape, kClasses)),
        model(*autoencoder.network, true),
        images(static_cast<std::size_t>(kBatch * shape.size())) {
    model.initialise(*autoencoder.network, seed);
    base::PhiloxRng(5, base::Stream::dataset, 0, 0).uniform(images);
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
    if (plan.reads(autoencoder.image)) std::copy(images.begin(), images.end(), plan.feed(autoencoder.image).begin());
    if (uses_labels() && plan.reads(autoencoder.labels)) {
      const auto labels = plan.feed(autoencoder.labels);
      for (std::int64_t n = 0; n < kBatch; ++n) labels[static_cast<std::size_t>(n * kClasses + n % kClasses)] = 1;
    }
    return plan;
  }

  /// Through skip connections: it has nothing to show for a code alone.
  bool decoder_reads_image() const {
    const auto& network = *autoencoder.network;
    const std::vector<Node> outputs = {autoencoder.reconstruction}, feeds = {autoencoder.decoded};
    return network.needed_for(outputs, feeds)[static_cast<std::size_t>(autoencoder.image.id)];
  }

  bool uses_labels() const { return static_cast<bool>(autoencoder.labels); }

  /// Moves all parameters away from the zeros that biases start from, where relu has its kink.
  void leave_kinks() {
    std::vector<float> offsets(model.parameters().size());
    base::PhiloxRng(4, base::Stream::task, 0, 0).normal(offsets);
    for (const auto& record : autoencoder.network->parameters()) {
      for (auto i = record.offset; i < record.offset + record.size; ++i) {
        model.parameters()[static_cast<std::size_t>(i)] += 0.05F * offsets[static_cast<std::size_t>(i)];
      }
    }
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

  subject::Autoencoder autoencoder;
  compute::Model model;
  std::vector<float> images;
};

inline std::vector<float> copy(std::span<const float> values) { return {values.begin(), values.end()}; }

/// Compares the gradient of one parameter with a central difference of the total, along a direction that is half the
/// gradient's own and half random, so that neither a missing nor an additional part is overlooked.
inline void check_gradient(Trial& trial, compute::Plan& plan, const compute::ParameterRecord& record) {
  const auto parameters =
      trial.model.parameters().subspan(static_cast<std::size_t>(record.offset), static_cast<std::size_t>(record.size));
  const auto gradient =
      copy(trial.model.gradients().subspan(static_cast<std::size_t>(record.offset), parameters.size()));
  const auto normalise = [](std::vector<float>& values) {
    double squares = 0;
    for (const auto value : values) squares += static_cast<double>(value) * value;
    for (auto& value : values) value = squares > 0 ? static_cast<float>(value / std::sqrt(squares)) : 0.0F;
  };
  auto direction = gradient;
  std::vector<float> random(parameters.size());
  base::PhiloxRng(3, base::Stream::task, 0, 0).normal(random);
  normalise(direction);
  normalise(random);
  for (std::size_t i = 0; i < direction.size(); ++i) direction[i] += random[i];
  normalise(direction);

  double slope = 0;
  for (std::size_t i = 0; i < direction.size(); ++i) slope += static_cast<double>(direction[i]) * gradient[i];
  const auto start = copy(parameters);
  const auto total_at = [&](float length) {
    for (std::size_t i = 0; i < start.size(); ++i) parameters[i] = start[i] + length * direction[i];
    return plan.forward({1, 1}).total;
  };
  // Small enough for kinks and curvature, large enough for a total in float. If the choice of the largest units changes
  // within the step, the total jumps, so a shorter step is tried.
  constexpr float kLengths[] = {1e-2F, 1e-3F};
  double error = 0;
  for (const float length : kLengths) {
    error = std::abs((total_at(length) - total_at(-length)) / (2 * length) - slope);
    if (error < 1e-4 + 0.02 * std::abs(slope)) break;
  }
  std::copy(start.begin(), start.end(), parameters.begin());
  CAPTURE(record.name);
  CHECK(error < 1e-4 + 0.02 * std::abs(slope));
}

}  // namespace hourglass::test

// Training as a list of phases: the objective, the trained parameters, and the optimiser of each.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "compute/graph/network.hpp"
#include "compute/graph/plan_spec.hpp"
#include "hourglass/noise.hpp"
#include "subject/subject.hpp"

namespace hourglass::train {

/// What the output of a phase's objective is compared with.
enum class Target {
  image,   ///< the clean image, for a reconstruction
  labels,  ///< the one-hot class, for a classifier's logits
  input    ///< the phase's own input before corruption, for a layer's reconstruction of its input
};

/// One phase. Ordinary training is a single phase; layer-wise pretraining adds one for each layer before it;
/// fine-tuning a classifier is a phase whose target is the labels. Network and noise must outlive it.
struct Phase {
  std::string name;  ///< in logs: "training", "layer 1"
  const compute::Network* network = nullptr;
  /// The node that is fed to the plan: the image, or a node that is first computed from the clean image without
  /// dropout. Parameters before it are not trained.
  Node input = {};
  compute::Objective objective = {};
  Target target = Target::image;
  std::vector<bool> trained = {};           ///< whether each parameter is trained, by index; empty: all are
  std::shared_ptr<const Noise> noise = {};  ///< corrupts the input; null: none
  std::int64_t clean_epochs = 0;            ///< epochs before noise is added
  /// Makes the noise of an epoch if its severity changes; null: it is always `noise`.
  std::function<std::shared_ptr<const Noise>(std::int64_t epoch)> noise_of_epoch = {};
  std::vector<std::int64_t> images = {};  ///< indices in the train split; empty: all
  std::int64_t epochs = 1, batch_size = 1;
  std::int64_t accumulate = 1;  ///< batches of one update
  double gradient_clip = 0;     ///< largest norm of all gradients; 0: no limit
  double ema = 0;               ///< decay of the parameters' moving average; 0: none
  compute::Precision precision = compute::Precision::f32;
  std::string optimizer = "adam";
  std::vector<Value> optimizer_values = {};
  std::string schedule = "constant";
  std::vector<Value> schedule_values = {}, schedule_common = {};
  std::uint64_t stream = 0;  ///< number of phases that follow; distinguishes the random numbers of the phases
};

/// Returns the phases of an experiment: with [train] pretrain one for each layer, from the image on, and last the
/// training of the whole network. `subject` must outlive them.
std::vector<Phase> phases_of(const subject::Subject& subject);

/// Returns for each parameter, by index, whether `output` depends on it when `input` is given.
std::vector<bool> parameters_between(const compute::Network& network, Node input, Node output);

}  // namespace hourglass::train

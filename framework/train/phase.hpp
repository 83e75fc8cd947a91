// Training as a list of phases: what each minimises, which parameters it moves, and how.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "compute/graph/network.hpp"
#include "compute/graph/plan.hpp"
#include "hourglass/noise.hpp"
#include "subject/subject.hpp"

namespace hourglass::train {

/// What the output of a phase's objective is compared with.
enum class Target {
  image,   ///< the clean image: a reconstruction
  labels,  ///< the class, one-hot: a classifier's logits
  input    ///< the phase's own input before it is corrupted: a layer's reconstruction of what it is given
};

/// One phase. The usual training is a list of one; layer-wise pretraining has one for each layer before it; fine-tuning
/// a classifier is a phase with labels as target. Network and noise must outlive it.
struct Phase {
  std::string name;  ///< in logs: "training", "layer 1"
  const compute::Network* network = nullptr;
  /// What is fed to the plan: the image, or a node that is computed from the clean image first, without dropout. What
  /// lies before it is not trained.
  Node input = {};
  compute::Objective objective = {};
  Target target = Target::image;
  std::vector<bool> trained = {};                           ///< parameters that are moved, by index; empty: all
  std::shared_ptr<const Noise> noise = {};                  ///< corrupts the input; null: none
  std::int64_t clean_epochs = 0;                            ///< before the noise is added
  std::vector<std::int64_t> images = {};                    ///< of the train split; empty: all
  std::int64_t epochs = 1, batch_size = 1, accumulate = 1;  ///< batches of one update
  double gradient_clip = 0;                                 ///< largest norm of all gradients; 0: no limit
  double ema = 0;                                           ///< decay of the parameters' moving average; 0: none
  compute::Precision precision = compute::Precision::f32;
  std::string optimizer = "adam";
  std::vector<Value> optimizer_values = {};
  std::string schedule = "constant";
  std::vector<Value> schedule_values = {}, schedule_common = {};
  std::uint64_t stream = 0;  ///< tells the phases' random numbers apart: how many phases follow
};

/// Returns the phases that an experiment file asks for: [train] pretrain gives one for each layer, from the image on;
/// the last is the training of the whole network. `subject` must outlive them.
std::vector<Phase> phases_of(const subject::Subject& subject);

/// Marks the parameters that computing `output` from `input` takes, by index.
std::vector<bool> parameters_between(const compute::Network& network, Node input, Node output);

}  // namespace hourglass::train

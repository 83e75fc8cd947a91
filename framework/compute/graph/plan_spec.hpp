// What a plan computes: outputs, and the objective of training.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "compute/graph/network.hpp"
#include "compute/kernels/precision.hpp"
#include "hourglass/names.hpp"

namespace hourglass::compute {

enum class Loss { mse, bce, l1, softmax_cross_entropy };

/// Names as written in messages and experiment files.
const Names<Loss>& loss_names();

/// What training minimises: the loss between f(output) and a target of output's shape, plus the network's penalties. f
/// is the output's non-linearity, fused into the loss; bce needs `sigmoid` and works on the logits;
/// softmax_cross_entropy needs `identity` and one-hot targets [N, classes].
struct Objective {
  Node output;  ///< before the non-linearity
  Activation nonlinearity = Activation::identity;
  Loss loss = Loss::mse;
  bool sum = false;  ///< false: mean over the elements of a sample; true: their sum. Always the mean over the batch
  bool penalties = true;  ///< the network's penalties count, and so does Network::importance()
  double nat = 1;         ///< of the loss, with its reduction, per nat of -log p(x|z): see Graph::nat()
};

struct PlanSpec {
  std::int64_t batch = 1;
  bool training = false;  ///< with backward pass, and dropout on
  /// Training: backward() hands out each parameter's gradient when it is complete, in memory that the rest of the pass
  /// uses again, instead of leaving all of them in the model.
  bool hands_out_gradients = false;
  Precision precision = Precision::f32;
  std::vector<Node> feeds;  ///< nodes that the caller fills instead of computing them (a code, to decode)
  std::vector<Node>
      outputs;  ///< nodes whose values the caller reads; only what these and the objective need is computed
  std::optional<Objective> objective;
  /// Training: the parameters that are trained, by index; no gradient is computed for the others. Empty: all. What is
  /// state, such as running statistics, moves all the same.
  std::vector<bool> trained = {};
  bool draws_codes = false;  ///< sample_gaussian() draws, with forward()'s key, in a plan for inference too

  /// Whether repeat() repeats: a bound over several draws is a matter of the objective.
  bool repeats() const { return objective.has_value(); }
};

}  // namespace hourglass::compute

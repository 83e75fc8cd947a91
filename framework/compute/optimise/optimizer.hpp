// What an optimiser does.
#pragma once

#include <cstdint>
#include <span>

#include "compute/graph/model.hpp"
#include "compute/optimise/lbfgs.hpp"

namespace hourglass::compute {

/// The inputs of an update other than the gradients.
struct Update {
  double learning_rate;
  std::int64_t step;          ///< counts from 1
  double gradient_scale = 1;  ///< factor by which the gradients are multiplied first
  double loss = 0;            ///< the loss of these gradients; used only by full-batch optimisers
};

/// Updates a model from its gradients. Its state is one buffer of floats, so that a checkpoint saves it in one write.
class Optimizer {
 public:
  virtual ~Optimizer() = default;

  /// Returns whether the optimiser needs loss and gradients over all images, of a function that does not change from
  /// step to step.
  virtual bool full_batch() const { return false; }
  /// Prepares a step, before its first gradients are computed; may move the parameters.
  virtual void begin(Model&, double /*learning_rate*/) {}
  /// Applies one update, from the model's gradients. Only full-batch optimisers return anything other than `done`; they
  /// also return `stuck` if the loss is not finite at the start.
  virtual Advance update(Model& model, const Update& update) = 0;
  /// Applies one update to Network::parameters()[parameter] only, from its gradient. Calling it for all of them with
  /// the same `update` gives the same bits as update(). Throws std::logic_error for full-batch optimisers.
  virtual void update_parameter(Model& model, const Update& update, int parameter, const float* gradient);

  virtual std::span<float> state() = 0;  ///< moments and similar state; empty if there is none
};

/// Returns the Euclidean norm of all gradients, summed over fixed blocks: the same bits on any number of threads.
double gradient_norm(const Model& model);

}  // namespace hourglass::compute

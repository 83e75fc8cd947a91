// Optimisers: one fused pass over all parameters of a model.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "compute/model.hpp"
#include "host/schema.hpp"

namespace hourglass::compute {

/// Updates a model from its gradients. Its state is a buffer of floats, so that a checkpoint is one write.
class Optimizer {
 public:
  virtual ~Optimizer() = default;

  /// Applies one update with this learning rate. `step` counts from 1. `gradient_scale` multiplies the gradients first.
  virtual void update(Model& model, double learning_rate, std::int64_t step, double gradient_scale) = 0;

  virtual std::span<float> state() = 0;  ///< moments and the like; empty when there is nothing to keep
};

/// The optimisers as alternatives of a table, selector "name": sgd, adam, adamw, rmsprop. All have `learning_rate` and
/// `weight_decay` (L2, but decoupled for adamw, Loshchilov & Hutter 2019; it spares tensors of rank 1).
std::vector<host::Alternative> optimizer_alternatives();

/// Makes an optimiser from an alternative's name and values.
std::unique_ptr<Optimizer> make_optimizer(const Network& network, const std::string& name,
                                          const std::vector<Value>& values);

/// Returns the learning rate that the optimiser's values state.
double base_learning_rate(const std::string& name, const std::vector<Value>& values);

/// Returns the Euclidean norm of all gradients; over fixed blocks, so the same bits on any number of threads.
double gradient_norm(const Model& model);

}  // namespace hourglass::compute

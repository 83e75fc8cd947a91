// The optimisers: one fused pass over all parameters of a model.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/alternative.hpp"
#include "compute/graph/network.hpp"
#include "compute/optimise/optimizer.hpp"

namespace hourglass::compute {

/// Returns the optimisers as alternatives of a table, selector "name": sgd, adam, adamw, rmsprop, lbfgs. All have
/// `learning_rate` and `weight_decay` (L2, but decoupled for adamw, Loshchilov & Hutter 2019; not applied to tensors of
/// rank 1).
std::vector<base::Alternative> optimizer_alternatives();

/// Makes an optimiser from an alternative's name and values. It moves the parameters that `trained` marks, by index;
/// empty: all.
std::unique_ptr<Optimizer> make_optimizer(const Network& network, const std::string& name,
                                          const std::vector<Value>& values, const std::vector<bool>& trained = {});

/// Tells whether the optimiser with that name takes all images in one step, see Optimizer::full_batch().
bool is_full_batch(const std::string& name);

/// Returns the learning rate among the optimiser's values.
double base_learning_rate(const std::string& name, const std::vector<Value>& values);

}  // namespace hourglass::compute

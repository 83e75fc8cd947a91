// A network compiled for one batch size: every primitive made, every buffer placed; executing it allocates nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "compute/graph/model.hpp"
#include "compute/graph/plan_spec.hpp"
#include "compute/ops/step_key.hpp"

namespace hourglass::compute {

/// One step's losses: means over the batch, in double precision. `penalties` are not weighted, in the network's order;
/// empty where the objective leaves them out.
struct Losses {
  double loss = 0;  ///< without penalties
  std::span<const double> penalties;
  double total = 0;  ///< with each penalty's weight
};

/// Takes the gradient of Network::parameters()[parameter], as many floats as the parameter has; they are gone when it
/// returns. The pass does not read the parameter any more.
using GradientSink = std::function<void(int parameter, const float* gradient)>;

/// What one step of a plan has cost since Plan::start_profile().
struct StepCost {
  std::string name;                                  ///< of the node that it computes, or "loss"
  double forward_seconds = 0, backward_seconds = 0;  ///< of all executions together
  double forward_flops = 0, backward_flops = 0;      ///< of one execution
};

/// Compiled once, then executed any number of times from one thread (it uses OpenMP inside). Reads and writes the model
/// that it was compiled for, which must outlive it.
class Plan {
 public:
  Plan(const Network& network, Model& model, const PlanSpec& spec);
  ~Plan();
  Plan(Plan&&) noexcept;
  Plan& operator=(Plan&&) noexcept;

  std::int64_t batch() const;
  std::span<float> feed(Node node);  ///< of the image, of labels, or of one of `feeds`: [batch, ...], to be filled
  bool reads(Node node) const;       ///< feed() has a place for it
  std::span<float> target();         ///< [batch, ...] of the objective's output shape, not repeated, to be filled
  std::span<const float> value(Node node) const;  ///< of one of `outputs`, after forward()
  std::span<const float> prediction() const;      ///< f(output) of the objective, after forward()

  /// Weighs the penalties from now on, in the network's order; a plan starts with PenaltyWeight::value. Allocates
  /// nothing. Throws std::invalid_argument for another number of weights than of penalties.
  void set_penalty_weights(std::span<const double> weights);

  /// Computes outputs and, with an objective, the losses.
  Losses forward(StepKey key = {});
  /// Computes the gradients of the total into the model's gradient buffer, overwriting it. After forward() of a
  /// training plan.
  void backward();
  /// The same of a plan that hands out gradients: calls `sink` once for each trained parameter.
  void backward(const GradientSink& sink);

  /// Names the first tensor, in the order of computation, that holds a NaN or an infinity, such as "encoder.dense_0" or
  /// "gradient of decoder.dense_1.weight"; "" when all are finite.
  std::string first_bad_tensor() const;

  std::int64_t memory_bytes() const;  ///< activations, gradients of activations and scratch; not the model
  double forward_flops() const;       ///< multiply-adds counted twice, of matrix products and convolutions
  double backward_flops() const;

  /// Times every step from now on, at two clock readings each.
  void start_profile();
  /// Returns the steps' costs, in the order of the forward pass; empty before start_profile().
  std::span<const StepCost> profile() const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace hourglass::compute

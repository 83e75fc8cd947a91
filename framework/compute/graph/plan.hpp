// A network compiled for one batch size: every primitive made, every buffer placed; executing it allocates nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compute/graph/model.hpp"
#include "compute/graph/network.hpp"
#include "compute/kernels/precision.hpp"
#include "compute/ops/step_key.hpp"
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
  bool penalties = true;  ///< the network's penalties count
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
};

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
  std::span<float> target();         ///< [batch, ...] of the objective's output shape, to be filled
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

// The loss: prediction, value and gradient in one pass over the output, with the sums for the gradient of the last
// bias.
#pragma once

#include <cstdint>
#include <vector>

#include "compute/graph/plan_spec.hpp"

namespace hourglass::compute {

struct LossSpec {
  Loss loss = Loss::mse;
  Activation nonlinearity = Activation::identity;
  bool sum = false;  ///< see Objective; a cross-entropy has one term a sample, so that it is the same there
  std::int64_t batch = 1;
  std::int64_t size = 1;      ///< elements of one sample's output
  std::int64_t draws = 1;     ///< rows of output for each row of target
  bool weighs_draws = false;  ///< the objective is importance-weighted, with log ratios
  double nat = 1;             ///< Objective::nat
};

/// Where the loss reads and writes, each [batch * draws, size]; the target is [batch, size].
struct LossBinding {
  const float* output = nullptr;
  const float* target = nullptr;
  float* prediction = nullptr;   ///< f(output); may be `output` where can_predict_in_place(); unused with identity
  float* gradient = nullptr;     ///< with respect to output; null: not wanted
  float* column_sums = nullptr;  ///< [size], the gradient's sum over the batch; null: not wanted; only where can_sum()
  const float* log_ratio = nullptr;     ///< [batch * draws], nats; with weighs_draws
  float* log_ratio_gradient = nullptr;  ///< [batch * draws]; null: not wanted
};

class LossKernel {
 public:
  /// Throws std::invalid_argument for a loss that does not support the non-linearity.
  explicit LossKernel(const LossSpec& spec);

  bool can_predict_in_place() const;  ///< the gradient needs the output no longer once the prediction is there
  bool can_sum() const;

  void bind(const LossBinding& binding) { binding_ = binding; }
  /// Computes everything and returns the loss, the mean over the batch. The same bits on any number of threads.
  double run();
  /// Returns, after run(), -log mean_k exp(-loss_k + log ratio_k) minus the mean of loss_k, over the draws k of a
  /// sample, in nats, mean over the batch. The gradients of run() are those of loss + nat * importance_part().
  double importance_part() const { return importance_part_; }

 private:
  void run_tiles();
  void run_blocks();
  void run_rows();
  void run_draws();
  double run_range(const float* output, const float* target, float* prediction, float* gradient,
                   std::int64_t count) const;
  void weigh_draws();
  double scale() const;

  LossSpec spec_;
  LossBinding binding_;
  bool fused_;  ///< the non-linearity is computed in the loss's own loop
  std::vector<double> partials_;
  std::vector<double> parts_;  // of importance_part_, by sample
  double importance_part_ = 0;
};

}  // namespace hourglass::compute

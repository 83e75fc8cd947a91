// Terms of the loss in addition to the reconstruction loss: weight * sum of a tensor's elements, averaged over the
// batch.
#pragma once

#include "compute/ops/operation.hpp"

namespace hourglass::compute {

/// A step without an output. spec.inputs[0] is the penalised tensor.
class PenaltyKernel final : public Kernel {
 public:
  PenaltyKernel(const KernelSpec& spec, double weight);

  Reads backward_reads() const override { return {.inputs = {false}, .output = false}; }
  void forward(const StepKey& key) override;
  void backward() override;
  void set_weight(double weight) { factor_ = weight / divisor_; }
  double value() const { return sum_ / divisor_; }    ///< not weighted, after forward()
  double weighted() const { return factor_ * sum_; }  ///< after forward()

 private:
  std::int64_t count_;
  double divisor_;
  double factor_;
  Write write_;
  double sum_ = 0;
};

}  // namespace hourglass::compute

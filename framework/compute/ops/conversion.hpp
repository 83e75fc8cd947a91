// Steps that the plan inserts: they convert an image-shaped tensor to the other layout.
#pragma once

#include "compute/ops/operation.hpp"

namespace hourglass::compute {

/// spec.inputs[0] is the tensor's shape [C, H, W], with or without a batch; spec.layout is the output's layout.
class ConversionKernel final : public Kernel {
 public:
  explicit ConversionKernel(const KernelSpec& spec);

  Reads backward_reads() const override { return {.inputs = {false}, .output = false}; }
  void forward(const StepKey& key) override;
  void backward() override;

 private:
  std::int64_t samples_, rows_, columns_;  ///< the input is [samples, rows, columns], the output its transpose
  Write write_;
};

}  // namespace hourglass::compute

// The common parts of element-wise operations.
#pragma once

#include <cstdint>

#include "compute/kernels/parallel.hpp"
#include "compute/ops/operation.hpp"

namespace hourglass::compute {

/// The kernel of y = f(x). `forward(x, y, count)` and `backward(from, dy, dx, count, add)` work on one block, where
/// `from` is x or y as stated by `Function::reads_input()` and `reads_output()`, and null if neither is read.
template <class Function>
class ElementwiseKernel final : public Kernel {
 public:
  ElementwiseKernel(const KernelSpec& spec, Function function)
      : count_(spec.elements(spec.output)), write_(spec.gradients[0]), function_(function) {}

  Reads backward_reads() const override {
    return {.inputs = {function_.reads_input()}, .output = function_.reads_output()};
  }

  void forward(const StepKey&) override {
    parallel_blocks(count_, kElementBlock, [&](std::int64_t begin, std::int64_t end) {
      function_.forward(binding_.inputs[0] + begin, binding_.output + begin, end - begin);
    });
  }

  void backward() override {
    if (write_ == Write::none) return;
    const float* from = function_.reads_output() ? binding_.output : binding_.inputs[0];
    parallel_blocks(count_, kElementBlock, [&](std::int64_t begin, std::int64_t end) {
      function_.backward(from + begin, binding_.output_gradient + begin, binding_.input_gradients[0] + begin,
                         end - begin, write_ == Write::add);
    });
  }

 private:
  std::int64_t count_;
  Write write_;
  Function function_;
};

}  // namespace hourglass::compute

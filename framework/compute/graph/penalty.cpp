// The sum of a tensor forward, a constant gradient backward.
#include "compute/graph/penalty.hpp"

#include "base/multiversion.hpp"
#include "compute/kernels/block_sums.hpp"
#include "compute/ops/elementwise.hpp"

namespace hourglass::compute {
namespace {

HOURGLASS_MULTIVERSION void put(float value, float* to, std::int64_t count, bool add) {
  if (add) {
    for (std::int64_t i = 0; i < count; ++i) to[i] += value;
  } else {
    for (std::int64_t i = 0; i < count; ++i) to[i] = value;
  }
}

}  // namespace

PenaltyKernel::PenaltyKernel(const KernelSpec& spec, double weight)
    : count_(spec.elements(spec.inputs[0])),
      divisor_(spec.inputs[0].batched ? static_cast<double>(spec.batch) : 1.0),
      factor_(weight / divisor_),
      write_(spec.gradients[0]) {}

void PenaltyKernel::forward(const StepKey&) { sum_ = sum(binding_.inputs[0], count_); }

void PenaltyKernel::backward() {
  if (write_ == Write::none) return;
  parallel_blocks(count_, kElementBlock, [&](std::int64_t begin, std::int64_t end) {
    put(static_cast<float>(factor_), binding_.input_gradients[0] + begin, end - begin, write_ == Write::add);
  });
}

}  // namespace hourglass::compute

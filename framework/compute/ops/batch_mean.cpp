// The mean over the batch, [N, ...] -> [...].
#include "base/multiversion.hpp"
#include "compute/kernels/block_sums.hpp"
#include "compute/ops/elementwise.hpp"
#include "compute/ops/registration.hpp"

namespace hourglass::compute {
namespace {

HOURGLASS_MULTIVERSION void spread_mean(const float* dy, float scale, float* dx, std::int64_t count, bool add) {
  if (add) {
    for (std::int64_t i = 0; i < count; ++i) dx[i] += scale * dy[i];
  } else {
    for (std::int64_t i = 0; i < count; ++i) dx[i] = scale * dy[i];
  }
}

class BatchMeanKernel final : public Kernel {
 public:
  explicit BatchMeanKernel(const KernelSpec& spec)
      : batch_(spec.batch), size_(spec.output.size()), write_(spec.gradients[0]) {}

  Reads backward_reads() const override { return {.inputs = {false}, .output = false}; }

  void forward(const StepKey&) override {
    sum_columns(binding_.inputs[0], batch_, size_, 1.0f / static_cast<float>(batch_), binding_.output, false);
  }

  void backward() override {
    if (write_ == Write::none) return;
    const float scale = 1.0f / static_cast<float>(batch_);
    const std::int64_t rows = std::max<std::int64_t>(1, kElementBlock / size_);
    parallel_blocks(batch_, rows, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; ++row) {
        spread_mean(binding_.output_gradient, scale, binding_.input_gradients[0] + row * size_, size_,
                    write_ == Write::add);
      }
    });
  }

 private:
  std::int64_t batch_, size_;
  Write write_;
};

}  // namespace

template <>
class RulesOf<op::BatchMean> final : public Rules {
 public:
  explicit RulesOf(const op::BatchMean&) {}

  std::string name() const override { return "batch_mean"; }
  Shape infer(std::span<const Shape> inputs) const override {
    check_count(inputs, 1, "[N, ...]");
    if (!inputs[0].batched) refuse_shapes("[N, ...]", inputs);
    return {inputs[0].dims, false};
  }
  std::unique_ptr<Kernel> kernel(const KernelSpec& spec) const override {
    return std::make_unique<BatchMeanKernel>(spec);
  }
};

template std::unique_ptr<Rules> make_rules(const op::BatchMean&);

}  // namespace hourglass::compute

// Each sample several times in succession, [N, ...] -> [N * count, ...].
#include "compute/ops/copy.hpp"
#include "compute/ops/elementwise.hpp"
#include "compute/ops/registration.hpp"

namespace hourglass::compute {
namespace {

class RepeatKernel final : public Kernel {
 public:
  RepeatKernel(const KernelSpec& spec, std::int64_t count)
      : count_(count), samples_(spec.batch / count), size_(spec.output.size()), write_(spec.gradients[0]) {}

  Reads backward_reads() const override { return {.inputs = {false}, .output = false}; }

  void forward(const StepKey&) override {
    for (std::int64_t k = 0; k < count_; ++k) {
      copy_rows(binding_.inputs[0], size_, binding_.output + k * size_, count_ * size_, samples_, size_, false);
    }
  }

  void backward() override {
    if (write_ == Write::none) return;
    for (std::int64_t k = 0; k < count_; ++k) {
      copy_rows(binding_.output_gradient + k * size_, count_ * size_, binding_.input_gradients[0], size_, samples_,
                size_, k > 0 || write_ == Write::add);
    }
  }

 private:
  std::int64_t count_, samples_, size_;
  Write write_;
};

}  // namespace

template <>
class RulesOf<op::Repeat> final : public Rules {
 public:
  explicit RulesOf(const op::Repeat& repeat) : count_(repeat.count) {}

  std::string name() const override { return "repeat"; }
  Shape infer(std::span<const Shape> inputs) const override {
    check_count(inputs, 1, "[N, ...]");
    if (!inputs[0].batched) refuse_shapes("[N, ...]", inputs);
    if (count_ < 1) refuse_option("a count of at least 1", std::to_string(count_), inputs);
    return inputs[0];
  }
  LayoutRule layout() const override { return LayoutRule::any; }
  // The program decides: a plan without an objective does not repeat.
  bool aliases_input(bool) const override { return false; }
  std::unique_ptr<Kernel> kernel(const KernelSpec& spec) const override {
    return std::make_unique<RepeatKernel>(spec, count_);
  }

 private:
  std::int64_t count_;
};

template std::unique_ptr<Rules> make_rules(const op::Repeat&);

}  // namespace hourglass::compute

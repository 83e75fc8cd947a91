// The same values, cut off from the backward pass.
#include "compute/ops/copy.hpp"
#include "compute/ops/registration.hpp"

namespace hourglass::compute {
namespace {

class StopGradientKernel final : public Kernel {
 public:
  explicit StopGradientKernel(const KernelSpec& spec) : count_(spec.elements(spec.output)) {}

  Reads backward_reads() const override { return {.inputs = {false}, .output = false}; }
  void forward(const StepKey&) override { copy(binding_.inputs[0], binding_.output, count_, false); }
  void backward() override {}

 private:
  std::int64_t count_;
};

}  // namespace

template <>
class RulesOf<op::StopGradient> final : public Rules {
 public:
  explicit RulesOf(const op::StopGradient&) {}

  std::string name() const override { return "stop_gradient"; }
  Shape infer(std::span<const Shape> inputs) const override {
    check_count(inputs, 1, "one tensor");
    return inputs[0];
  }
  LayoutRule layout() const override { return LayoutRule::any; }
  // In training it needs its own tensor: tensors that share memory share their gradient too.
  bool aliases_input(bool training) const override { return !training; }
  bool blocks_gradient(std::size_t) const override { return true; }
  std::unique_ptr<Kernel> kernel(const KernelSpec& spec) const override {
    return std::make_unique<StopGradientKernel>(spec);
  }
};

template std::unique_ptr<Rules> make_rules(const op::StopGradient&);

}  // namespace hourglass::compute

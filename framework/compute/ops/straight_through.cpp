// The values of one tensor and the gradient of another (Bengio et al. 2013).
#include "compute/ops/copy.hpp"
#include "compute/ops/registration.hpp"

namespace hourglass::compute {
namespace {

class StraightThroughKernel final : public Kernel {
 public:
  explicit StraightThroughKernel(const KernelSpec& spec)
      : count_(spec.elements(spec.output)), write_(spec.gradients[0]) {}

  Reads backward_reads() const override { return {.inputs = {false, false}, .output = false}; }
  void forward(const StepKey&) override { copy(binding_.inputs[1], binding_.output, count_, false); }
  void backward() override {
    if (write_ == Write::none) return;
    copy(binding_.output_gradient, binding_.input_gradients[0], count_, write_ == Write::add);
  }

 private:
  std::int64_t count_;
  Write write_;
};

}  // namespace

template <>
class RulesOf<op::StraightThrough> final : public Rules {
 public:
  explicit RulesOf(const op::StraightThrough&) {}

  std::string name() const override { return "straight_through"; }
  Shape infer(std::span<const Shape> inputs) const override {
    const std::string wanted = "x and value of one shape";
    check_count(inputs, 2, wanted);
    if (inputs[0] != inputs[1]) refuse_shapes(wanted, inputs);
    return inputs[1];
  }
  LayoutRule layout() const override { return LayoutRule::any; }
  bool blocks_gradient(std::size_t input) const override { return input == 1; }
  std::unique_ptr<Kernel> kernel(const KernelSpec& spec) const override {
    return std::make_unique<StraightThroughKernel>(spec);
  }
};

template std::unique_ptr<Rules> make_rules(const op::StraightThrough&);

}  // namespace hourglass::compute

// Activations as separate steps, where no preceding layer applies them.
#include "compute/kernels/activation.hpp"
#include "compute/ops/elementwise.hpp"
#include "compute/ops/registration.hpp"

namespace hourglass::compute {
namespace {

struct ApplyActivation {
  Activation kind;
  float alpha;

  bool reads_input() const { return derivative_reads_input(kind); }
  bool reads_output() const { return !reads_input(); }
  void forward(const float* x, float* y, std::int64_t count) const { activate(kind, alpha, x, y, count); }
  void backward(const float* from, const float* dy, float* dx, std::int64_t count, bool add) const {
    activate_backward(kind, alpha, from, dy, dx, count, add);
  }
};

}  // namespace

template <>
class RulesOf<op::Activate> final : public Rules {
 public:
  explicit RulesOf(const op::Activate& activate) : activate_(activate) {}

  std::string name() const override { return name_of(activation_names(), activate_.kind); }

  Shape infer(std::span<const Shape> inputs) const override {
    check_count(inputs, 1, "one tensor");
    const bool sloped = activate_.kind == Activation::leaky_relu || activate_.kind == Activation::elu;
    if (sloped && !(activate_.alpha >= 0)) {
      refuse_option("a slope of at least 0", std::to_string(activate_.alpha), inputs);
    }
    return inputs[0];
  }

  bool aliases_input(bool) const override { return activate_.kind == Activation::identity; }
  LayoutRule layout() const override { return LayoutRule::any; }
  std::unique_ptr<Kernel> kernel(const KernelSpec& spec) const override {
    return std::make_unique<ElementwiseKernel<ApplyActivation>>(
        spec, ApplyActivation{activate_.kind, static_cast<float>(activate_.alpha)});
  }

 private:
  op::Activate activate_;
};

template std::unique_ptr<Rules> make_rules(const op::Activate&);

}  // namespace hourglass::compute

// scale * x + shift.
#include "base/multiversion.hpp"
#include "compute/ops/elementwise.hpp"
#include "compute/ops/registration.hpp"

namespace hourglass::compute {
namespace {

HOURGLASS_MULTIVERSION void scale_and_shift(const float* x, float scale, float shift, float* y, std::int64_t count,
                                            bool add) {
  if (add) {
#pragma GCC ivdep
    for (std::int64_t i = 0; i < count; ++i) y[i] += scale * x[i] + shift;
  } else {
#pragma GCC ivdep
    for (std::int64_t i = 0; i < count; ++i) y[i] = scale * x[i] + shift;
  }
}

struct ApplyAffine {
  float scale, shift;

  bool reads_input() const { return false; }
  bool reads_output() const { return false; }
  void forward(const float* x, float* y, std::int64_t count) const {
    scale_and_shift(x, scale, shift, y, count, false);
  }
  void backward(const float*, const float* dy, float* dx, std::int64_t count, bool add) const {
    scale_and_shift(dy, scale, 0, dx, count, add);
  }
};

}  // namespace

template <>
class RulesOf<op::Affine> final : public Rules {
 public:
  explicit RulesOf(const op::Affine& affine) : affine_(affine) {}

  std::string name() const override { return "affine"; }
  Shape infer(std::span<const Shape> inputs) const override {
    check_count(inputs, 1, "one tensor");
    return inputs[0];
  }
  LayoutRule layout() const override { return LayoutRule::any; }
  std::unique_ptr<Kernel> kernel(const KernelSpec& spec) const override {
    return std::make_unique<ElementwiseKernel<ApplyAffine>>(
        spec, ApplyAffine{static_cast<float>(affine_.scale), static_cast<float>(affine_.shift)});
  }

 private:
  op::Affine affine_;
};

template std::unique_ptr<Rules> make_rules(const op::Affine&);

}  // namespace hourglass::compute

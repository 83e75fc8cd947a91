// Concatenates tensors along one dimension.
#include "compute/ops/copy.hpp"
#include "compute/ops/registration.hpp"
#include "compute/ops/strides.hpp"

namespace hourglass::compute {
namespace {

// In memory, each tensor is [rows, elements per row]: the dimensions before the axis, and the rest.
class ConcatKernel final : public Kernel {
 public:
  ConcatKernel(const KernelSpec& spec, int axis) : writes_(spec.gradients) {
    const auto first = memory_axis(spec.output, spec.layout, axis);
    const auto dims = memory_dims(spec.output, spec.layout);
    rows_ = spec.output.batched ? spec.batch : 1;
    for (std::size_t i = 0; i < first; ++i) rows_ *= dims[i];
    for (const Shape& part : spec.inputs) widths_.push_back(spec.elements(part) / rows_);
    width_ = spec.elements(spec.output) / rows_;
  }

  Reads backward_reads() const override {
    return {.inputs = std::vector<bool>(widths_.size(), false), .output = false};
  }

  void forward(const StepKey&) override {
    float* to = binding_.output;
    for (std::size_t i = 0; i < widths_.size(); to += widths_[i++]) {
      copy_rows(binding_.inputs[i], widths_[i], to, width_, rows_, widths_[i], false);
    }
  }

  void backward() override {
    const float* from = binding_.output_gradient + width_;
    for (std::size_t i = widths_.size(); i-- > 0;) {
      from -= widths_[i];
      if (writes_[i] == Write::none) continue;
      copy_rows(from, width_, binding_.input_gradients[i], widths_[i], rows_, widths_[i], writes_[i] == Write::add);
    }
  }

 private:
  std::vector<Write> writes_;
  std::int64_t rows_, width_;
  std::vector<std::int64_t> widths_;
};

}  // namespace

template <>
class RulesOf<op::Concat> final : public Rules {
 public:
  explicit RulesOf(const op::Concat& concat) : axis_(concat.axis) {}

  std::string name() const override { return "concat"; }

  Shape infer(std::span<const Shape> inputs) const override {
    if (inputs.empty()) refuse_shapes("at least one tensor", inputs);
    check_axis(axis_, inputs);
    const auto axis = static_cast<std::size_t>(axis_);
    Shape joined = inputs[0];
    joined.dims[axis] = 0;
    for (const Shape& part : inputs) {
      Shape same = part;
      if (axis < same.dims.size()) same.dims[axis] = inputs[0].dims[axis];
      if (same != inputs[0]) {
        refuse_shapes(
            "tensors that differ in axis " + std::to_string(axis_) + " alone, all with a batch or all without one",
            inputs);
      }
      joined.dims[axis] += part.dims[axis];
    }
    return joined;
  }

  LayoutRule layout() const override { return LayoutRule::any; }
  std::unique_ptr<Kernel> kernel(const KernelSpec& spec) const override {
    return std::make_unique<ConcatKernel>(spec, axis_);
  }

 private:
  int axis_;
};

template std::unique_ptr<Rules> make_rules(const op::Concat&);

}  // namespace hourglass::compute

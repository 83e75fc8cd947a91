// A range of one dimension.
#include "base/multiversion.hpp"
#include "compute/ops/copy.hpp"
#include "compute/ops/elementwise.hpp"
#include "compute/ops/registration.hpp"
#include "compute/ops/strides.hpp"

namespace hourglass::compute {
namespace {

// In memory the input is [rows, width], and the output is columns [first, first + count) of it.
class SliceKernel final : public Kernel {
 public:
  SliceKernel(const KernelSpec& spec, const op::Slice& slice) : write_(spec.gradients[0]) {
    const auto axis = memory_axis(spec.output, spec.layout, slice.axis);
    const auto dims = memory_dims(spec.inputs[0], spec.layout);
    rows_ = spec.output.batched ? spec.batch : 1;
    for (std::size_t i = 0; i < axis; ++i) rows_ *= dims[i];
    width_ = spec.elements(spec.inputs[0]) / rows_;
    first_ = width_ / dims[axis] * slice.begin;
    count_ = spec.elements(spec.output) / rows_;
  }

  Reads backward_reads() const override { return {.inputs = {false}, .output = false}; }

  void forward(const StepKey&) override {
    copy_rows(binding_.inputs[0] + first_, width_, binding_.output, count_, rows_, count_, false);
  }

  void backward() override {
    if (write_ == Write::none) return;
    float* gradient = binding_.input_gradients[0];
    if (write_ == Write::overwrite && count_ < width_) {
      parallel_blocks(rows_ * width_, kElementBlock,
                      [&](std::int64_t begin, std::int64_t end) { std::fill(gradient + begin, gradient + end, 0.0f); });
    }
    copy_rows(binding_.output_gradient, count_, gradient + first_, width_, rows_, count_, write_ == Write::add);
  }

 private:
  Write write_;
  std::int64_t rows_, width_, first_, count_;
};

}  // namespace

template <>
class RulesOf<op::Slice> final : public Rules {
 public:
  explicit RulesOf(const op::Slice& slice) : slice_(slice) {}

  std::string name() const override { return "slice"; }

  Shape infer(std::span<const Shape> inputs) const override {
    check_count(inputs, 1, "one tensor");
    check_axis(slice_.axis, inputs);
    Shape shape = inputs[0];
    std::int64_t& size = shape.dims[static_cast<std::size_t>(slice_.axis)];
    if (slice_.begin < 0 || slice_.begin >= slice_.end || slice_.end > size) {
      refuse_option("0 <= begin < end <= " + std::to_string(size) + " on axis " + std::to_string(slice_.axis),
                    "[" + std::to_string(slice_.begin) + ", " + std::to_string(slice_.end) + ")", inputs);
    }
    size = slice_.end - slice_.begin;
    return shape;
  }

  LayoutRule layout() const override { return LayoutRule::any; }
  std::unique_ptr<Kernel> kernel(const KernelSpec& spec) const override {
    return std::make_unique<SliceKernel>(spec, slice_);
  }

 private:
  op::Slice slice_;
};

template std::unique_ptr<Rules> make_rules(const op::Slice&);

}  // namespace hourglass::compute

// Dense layers: three matrix products, with bias and activation in the first, and one pass over the output's gradient
// that applies the activation's derivative and sums the bias's gradient.
#include <algorithm>

#include "compute/kernels/bf16.hpp"
#include "compute/ops/dense_parts.hpp"
#include "compute/ops/registration.hpp"
#include "compute/ops/sparse_dense.hpp"

namespace hourglass::compute {
namespace {

class DenseKernel final : public Kernel {
 public:
  DenseKernel(const KernelSpec& spec, bool transposed)
      : sizes_(spec),
        transposed_(transposed),
        wants_data_(spec.wants(0)),
        wants_weight_(spec.wants(1)),
        rounded_(spec.precision == Precision::bf16),
        end_(spec, true),
        product_(spec, transposed, end_) {
    if (wants_weight_) {
      const bool add = spec.gradients[1] == Write::add;
      weight_gradient_ = transposed
                             // [K, N] * [N, D] -> [K, D]
                             ? Matmul({.m = sizes_.outputs,
                                       .k = sizes_.batch,
                                       .n = sizes_.inputs,
                                       .a_transposed = true,
                                       .accumulate = add,
                                       .precision = spec.precision})
                             // [D, N] * [N, K] -> [D, K]
                             : Matmul({.m = sizes_.inputs,
                                       .k = sizes_.batch,
                                       .n = sizes_.outputs,
                                       .a_transposed = true,
                                       .accumulate = add,
                                       .precision = spec.precision});
    }
    if (wants_data_) {
      // [N, K] * [K, D] -> [N, D]
      data_gradient_ = Matmul({.m = sizes_.batch,
                               .k = sizes_.outputs,
                               .n = sizes_.inputs,
                               .b_transposed = !transposed,
                               .accumulate = spec.gradients[0] == Write::add,
                               .precision = spec.precision});
    }
  }

  Workspace workspace() const override {
    std::int64_t scratch = std::max(product_.scratch(), end_.scratch());
    if (wants_weight_) scratch = std::max(scratch, weight_gradient_.scratch());
    if (wants_data_) scratch = std::max(scratch, data_gradient_.scratch());
    return {.saved = end_.saved() + product_.saved(),
            .scratch = scratch + (rounded_ ? bf16_floats(sizes_.batch * sizes_.outputs) : 0)};
  }

  Reads backward_reads() const override {
    // In bf16 the rounded copies are read instead.
    Reads reads{.inputs = {wants_weight_ && !rounded_, wants_data_ && !rounded_}, .output = end_.reads_output()};
    if (end_.has_bias()) reads.inputs.push_back(false);
    return reads;
  }

  void bind(const Binding& binding) override {
    binding_ = binding;
    end_.bind(binding, binding.saved);
    const void* dy = binding.output_gradient;
    float* scratch = binding.scratch;
    if (rounded_) {
      rounded_dy_ = reinterpret_cast<std::uint16_t*>(scratch);
      scratch += bf16_floats(sizes_.batch * sizes_.outputs);
      dy = rounded_dy_;
    }
    free_scratch_ = scratch;
    product_.bind(binding, end_.product(), binding.saved + end_.saved(), scratch);
    const void* x = product_.x();
    if (wants_weight_) {
      weight_gradient_.bind(transposed_ ? dy : x, transposed_ ? x : dy, nullptr, binding.input_gradients[1], scratch);
    }
    if (wants_data_) data_gradient_.bind(dy, product_.weight(), nullptr, binding.input_gradients[0], scratch);
  }

  void forward(const StepKey&) override {
    product_.execute();
    end_.apply();
  }

  void backward() override {
    end_.undo(free_scratch_, rounded_dy_);
    if (wants_weight_) weight_gradient_.execute();
    if (wants_data_) data_gradient_.execute();
  }

  double forward_flops() const override { return product_.flops(); }
  double backward_flops() const override { return product_.flops() * (int{wants_weight_} + int{wants_data_}); }

 private:
  DenseSizes sizes_;
  bool transposed_, wants_data_, wants_weight_;
  bool rounded_;  // the operands of the products are bf16 copies
  DenseEnd end_;
  DenseProduct product_;
  std::uint16_t* rounded_dy_ = nullptr;  // in bf16
  float* free_scratch_ = nullptr;        // the part of the scratch memory that rounded_dy_ leaves free
  Matmul weight_gradient_, data_gradient_;
};

}  // namespace

template <>
class RulesOf<op::Dense> final : public Rules {
 public:
  explicit RulesOf(const op::Dense& dense) : transposed_(dense.transposed) {}

  std::string name() const override { return "dense"; }

  Shape infer(std::span<const Shape> inputs) const override {
    const std::string wanted = transposed_ ? "x [N, D], weight [K, D] and perhaps bias [K] for a transposed weight"
                                           : "x [N, D], weight [D, K] and perhaps bias [K]";
    if (inputs.size() != 2 && inputs.size() != 3) refuse_shapes(wanted, inputs);
    const Shape &x = inputs[0], &weight = inputs[1];
    if (!x.batched || x.dims.size() != 1 || weight.batched || weight.dims.size() != 2) refuse_shapes(wanted, inputs);
    const std::int64_t rows = weight.dims[transposed_ ? 1 : 0], columns = weight.dims[transposed_ ? 0 : 1];
    if (x.dims[0] != rows) refuse_shapes(wanted, inputs);
    if (inputs.size() == 3 && inputs[2] != Shape{{columns}, false}) refuse_shapes(wanted, inputs);
    return {{columns}, true};
  }

  bool fuses_activation() const override { return true; }
  int summed_input(std::span<const Shape> inputs) const override { return inputs.size() == 3 ? 2 : -1; }
  std::unique_ptr<Kernel> kernel(const KernelSpec& spec) const override {
    if (auto sparse = sparse_dense_kernel(spec, transposed_)) return sparse;
    return std::make_unique<DenseKernel>(spec, transposed_);
  }

 private:
  bool transposed_;
};

template std::unique_ptr<Rules> make_rules(const op::Dense&);

}  // namespace hourglass::compute

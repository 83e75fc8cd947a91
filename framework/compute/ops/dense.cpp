// Dense layers: three matrix products, with bias and activation in the first, and one pass over the output's gradient
// that undoes the activation and sums the bias's.
#include <algorithm>

#include "compute/activation.hpp"
#include "compute/bf16.hpp"
#include "compute/ops/elementwise.hpp"
#include "compute/ops/matmul.hpp"
#include "compute/ops/registration.hpp"
#include "compute/parallel.hpp"
#include "compute/reduce.hpp"

namespace hourglass::compute {
namespace {

class DenseKernel final : public Kernel {
 public:
  DenseKernel(const KernelSpec& spec, bool transposed)
      : batch_(spec.batch),
        inputs_(spec.inputs[0].size()),
        outputs_(spec.output.size()),
        transposed_(transposed),
        has_bias_(spec.inputs.size() > 2),
        activation_(spec.activation.value_or(op::Activate{Activation::identity, 0})),
        from_input_(derivative_reads_input(activation_.kind)),
        keeps_input_(from_input_ && backward_wanted(spec)),
        wants_data_(spec.wants(0)),
        wants_weight_(spec.wants(1)),
        wants_bias_(has_bias_ && spec.wants(2)),
        adds_bias_(has_bias_ && spec.gradients[2] == Write::add),
        rounded_(spec.precision == Precision::bf16) {
    const bool in_product = matmul_applies(activation_);
    separate_ = activation_.kind != Activation::identity && !in_product;
    // [N, D] * [D, K] -> [N, K]
    product_ = Matmul({.m = batch_,
                       .k = inputs_,
                       .n = outputs_,
                       .b_transposed = transposed,
                       .bias = has_bias_,
                       .precision = spec.precision,
                       .activation = in_product ? spec.activation : std::nullopt});
    if (wants_weight_) {
      const bool add = spec.gradients[1] == Write::add;
      weight_gradient_ = transposed
                             // [K, N] * [N, D] -> [K, D]
                             ? Matmul({.m = outputs_,
                                       .k = batch_,
                                       .n = inputs_,
                                       .a_transposed = true,
                                       .accumulate = add,
                                       .precision = spec.precision})
                             // [D, N] * [N, K] -> [D, K]
                             : Matmul({.m = inputs_,
                                       .k = batch_,
                                       .n = outputs_,
                                       .a_transposed = true,
                                       .accumulate = add,
                                       .precision = spec.precision});
    }
    if (wants_data_) {
      // [N, K] * [K, D] -> [N, D]
      data_gradient_ = Matmul({.m = batch_,
                               .k = outputs_,
                               .n = inputs_,
                               .b_transposed = !transposed,
                               .accumulate = spec.gradients[0] == Write::add,
                               .precision = spec.precision});
    }
  }

  Workspace workspace() const override {
    std::int64_t scratch = product_.scratch();
    if (wants_weight_) scratch = std::max(scratch, weight_gradient_.scratch());
    if (wants_data_) scratch = std::max(scratch, data_gradient_.scratch());
    return {.saved = kept_floats() + (rounded_ ? bf16_floats(batch_ * inputs_) + bf16_floats(inputs_ * outputs_) : 0),
            .scratch = scratch + (rounded_ ? bf16_floats(batch_ * outputs_) : 0)};
  }

  Reads backward_reads() const override {
    // In bf16 the rounded copies are read instead.
    Reads reads{.inputs = {wants_weight_ && !rounded_, wants_data_ && !rounded_}, .output = false};
    if (has_bias_) reads.inputs.push_back(false);
    reads.output = activation_.kind != Activation::identity && !from_input_;
    return reads;
  }

  void bind(const Binding& binding) override {
    binding_ = binding;
    const float* bias = has_bias_ ? binding.inputs[2] : nullptr;
    // What the activation is applied to: kept apart when its derivative needs it, overwritten otherwise.
    before_ = keeps_input_ ? binding.saved : binding.output;
    const void *x = binding.inputs[0], *weight = binding.inputs[1], *dy = binding.output_gradient;
    float* scratch = binding.scratch;
    if (rounded_) {
      rounded_x_ = reinterpret_cast<std::uint16_t*>(binding.saved + kept_floats());
      rounded_weight_ = rounded_x_ + 2 * bf16_floats(batch_ * inputs_);
      rounded_dy_ = reinterpret_cast<std::uint16_t*>(scratch);
      scratch += bf16_floats(batch_ * outputs_);
      x = rounded_x_, weight = rounded_weight_, dy = rounded_dy_;
    }
    product_.bind(x, weight, bias, before_, scratch);
    if (wants_weight_) {
      weight_gradient_.bind(transposed_ ? dy : x, transposed_ ? x : dy, nullptr, binding.input_gradients[1], scratch);
    }
    if (wants_data_) data_gradient_.bind(dy, weight, nullptr, binding.input_gradients[0], scratch);
  }

  void forward(const StepKey&) override {
    if (rounded_) {
      to_bf16(binding_.inputs[0], rounded_x_, batch_ * inputs_);
      to_bf16(binding_.inputs[1], rounded_weight_, inputs_ * outputs_);
    }
    product_.execute();
    if (!separate_) return;
    parallel_blocks(batch_ * outputs_, kElementBlock, [&](std::int64_t begin, std::int64_t end) {
      activate(activation_.kind, alpha(), before_ + begin, binding_.output + begin, end - begin);
    });
  }

  void backward() override {
    undo_activation();
    if (rounded_) to_bf16(binding_.output_gradient, rounded_dy_, batch_ * outputs_);
    if (wants_weight_) weight_gradient_.execute();
    if (wants_data_) data_gradient_.execute();
  }

  double forward_flops() const override { return product_.flops(); }
  double backward_flops() const override { return product_.flops() * (int{wants_weight_} + int{wants_data_}); }

 private:
  static bool backward_wanted(const KernelSpec& spec) {
    return std::any_of(spec.gradients.begin(), spec.gradients.end(), [](Write write) { return write != Write::none; });
  }
  std::int64_t kept_floats() const { return keeps_input_ ? (batch_ * outputs_ + 15) / 16 * 16 : 0; }
  float alpha() const { return static_cast<float>(activation_.alpha); }

  // dy [N, K] becomes the gradient before the activation, and its columns' sums the bias's.
  void undo_activation() {
    const float* from = from_input_ ? before_ : binding_.output;
    float* dy = binding_.output_gradient;
    if (wants_bias_) {
      float* sums = binding_.input_gradients[2];
      parallel_blocks(outputs_, kColumnBlock, [&](std::int64_t begin, std::int64_t end) {
        activate_backward_columns(activation_.kind, alpha(), from + begin, dy + begin, batch_, end - begin, outputs_,
                                  sums + begin, adds_bias_);
      });
    } else if (activation_.kind != Activation::identity) {
      parallel_blocks(batch_ * outputs_, kElementBlock, [&](std::int64_t begin, std::int64_t end) {
        activate_backward(activation_.kind, alpha(), from + begin, dy + begin, dy + begin, end - begin, false);
      });
    }
  }

  std::int64_t batch_, inputs_, outputs_;
  bool transposed_, has_bias_;
  op::Activate activation_;
  bool from_input_, keeps_input_, wants_data_, wants_weight_, wants_bias_, adds_bias_;
  bool rounded_;           // the products are of bf16 copies
  bool separate_ = false;  // the activation is a pass of its own
  float* before_ = nullptr;
  std::uint16_t *rounded_x_ = nullptr, *rounded_weight_ = nullptr, *rounded_dy_ = nullptr;
  Matmul product_, weight_gradient_, data_gradient_;
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
    return std::make_unique<DenseKernel>(spec, transposed_);
  }

 private:
  bool transposed_;
};

template std::unique_ptr<Rules> make_rules(const op::Dense&);

}  // namespace hourglass::compute

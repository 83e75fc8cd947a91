// Activation and bias in one pass per direction; bf16 copies of the operands.
#include "compute/ops/dense_parts.hpp"

#include <algorithm>

#include "compute/kernels/activation.hpp"
#include "compute/kernels/bf16.hpp"
#include "compute/kernels/buffer.hpp"
#include "compute/kernels/parallel.hpp"

namespace hourglass::compute {
namespace {

bool goes_back(const KernelSpec& spec) {
  return std::any_of(spec.gradients.begin(), spec.gradients.end(), [](Write write) { return write != Write::none; });
}

}  // namespace

DenseEnd::DenseEnd(const KernelSpec& spec, bool in_product)
    : sizes_(spec),
      activation_(spec.activation.value_or(op::Activate{Activation::identity, 0})),
      has_bias_(spec.inputs.size() > 2),
      from_input_(derivative_reads_input(activation_.kind)),
      keeps_input_(from_input_ && goes_back(spec)),
      separate_(activation_.kind != Activation::identity && !(in_product && matmul_applies(activation_))),
      bias_write_(has_bias_ ? spec.gradients[2] : Write::none),
      undo_(sizes_.batch, sizes_.outputs, activation_, bias_write_ != Write::none, bias_write_ == Write::add) {}

std::optional<op::Activate> DenseEnd::activation_of_product() const {
  if (separate_ || activation_.kind == Activation::identity) return std::nullopt;
  return activation_;
}

std::int64_t DenseEnd::saved() const { return keeps_input_ ? whole_lines(sizes_.batch * sizes_.outputs) : 0; }

void DenseEnd::bind(const Binding& binding, float* saved) {
  output_ = binding.output;
  output_gradient_ = binding.output_gradient;
  bias_gradient_ = has_bias_ ? binding.input_gradients[2] : nullptr;
  // The input of the activation: stored separately if its derivative needs it, overwritten otherwise.
  before_ = keeps_input_ ? saved : binding.output;
}

void DenseEnd::apply() const {
  if (!separate_) return;
  parallel_blocks(sizes_.batch * sizes_.outputs, kElementBlock, [&](std::int64_t begin, std::int64_t end) {
    activate(activation_.kind, alpha(), before_ + begin, output_ + begin, end - begin);
  });
}

void DenseEnd::undo(float* scratch, std::uint16_t* rounded) const {
  undo_.execute(derivative_source(), output_gradient_, bias_gradient_, scratch, rounded);
}

DenseProduct::DenseProduct(const KernelSpec& spec, bool transposed, const DenseEnd& end)
    : sizes_(spec),
      has_bias_(end.has_bias()),
      rounded_(spec.precision == Precision::bf16),
      // [N, D] * [D, K] -> [N, K]
      product_({.m = sizes_.batch,
                .k = sizes_.inputs,
                .n = sizes_.outputs,
                .b_transposed = transposed,
                .bias = has_bias_,
                .precision = spec.precision,
                .activation = end.activation_of_product()}) {}

std::int64_t DenseProduct::saved() const {
  if (!rounded_) return 0;
  return bf16_floats(sizes_.batch * sizes_.inputs) + bf16_floats(sizes_.inputs * sizes_.outputs);
}

void DenseProduct::bind(const Binding& binding, float* c, float* saved, float* scratch) {
  x_ = binding.inputs[0];
  weight_ = binding.inputs[1];
  if (rounded_) {
    rounded_x_ = reinterpret_cast<std::uint16_t*>(saved);
    rounded_weight_ = rounded_x_ + 2 * bf16_floats(sizes_.batch * sizes_.inputs);
  }
  product_.bind(x(), weight(), has_bias_ ? binding.inputs[2] : nullptr, c, scratch);
}

void DenseProduct::execute() const {
  if (rounded_) {
    to_bf16(x_, rounded_x_, sizes_.batch * sizes_.inputs);
    to_bf16(weight_, rounded_weight_, sizes_.inputs * sizes_.outputs);
  }
  product_.execute();
}

}  // namespace hourglass::compute

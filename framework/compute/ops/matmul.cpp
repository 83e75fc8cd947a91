// oneDNN's matmul on plain layouts.
#include "compute/ops/matmul.hpp"

namespace hourglass::compute {
namespace {

using Tag = dnnl::memory::format_tag;

dnnl::memory::desc matrix(std::int64_t rows, std::int64_t columns, bool transposed,
                          Precision precision = Precision::f32) {
  const auto type = precision == Precision::bf16 ? dnnl::memory::data_type::bf16 : dnnl::memory::data_type::f32;
  return {{rows, columns}, type, transposed ? Tag::ba : Tag::ab};
}

// oneDNN's relu turns a NaN into 0, which would hide that a network has diverged, and its elu and softplus are
// inaccurate near zero. These are separate passes of our own, whose cost was too small to measure.
std::optional<dnnl::algorithm> algorithm_of(const op::Activate& activation) {
  switch (activation.kind) {
    case Activation::leaky_relu:
      if (activation.alpha == 0) return std::nullopt;
      return dnnl::algorithm::eltwise_relu;
    case Activation::tanh: return dnnl::algorithm::eltwise_tanh;
    case Activation::sigmoid: return dnnl::algorithm::eltwise_logistic;
    default: return std::nullopt;
  }
}

}  // namespace

bool matmul_applies(const op::Activate& activation) { return algorithm_of(activation).has_value(); }

Matmul::Matmul(const MatmulSpec& spec)
    : spec_(spec),
      a_(matrix(spec.m, spec.k, spec.a_transposed, spec.precision)),
      b_(matrix(spec.k, spec.n, spec.b_transposed, spec.precision)),
      bias_(matrix(1, spec.n, false)),
      c_(matrix(spec.m, spec.n, false)) {
  auto attributes = onednn_attributes();
  dnnl::post_ops after;
  if (spec.accumulate) after.append_sum(1.0f);
  if (spec.activation) {
    after.append_eltwise(1.0f, algorithm_of(*spec.activation).value(), static_cast<float>(spec.activation->alpha),
                         0.0f);
  }
  attributes.set_post_ops(after);
  const auto descriptor = spec.bias ? dnnl::matmul::desc(a_, b_, bias_, c_) : dnnl::matmul::desc(a_, b_, c_);
  const dnnl::matmul::primitive_desc compiled(descriptor, attributes, onednn_engine());
  primitive_ = Primitive(compiled);
}

void Matmul::bind(const void* a, const void* b, const float* bias, float* c, float* scratch) {
  primitive_.bind(scratch);
  primitive_.add(DNNL_ARG_SRC, a_, a);
  primitive_.add(DNNL_ARG_WEIGHTS, b_, b);
  if (spec_.bias) primitive_.add(DNNL_ARG_BIAS, bias_, bias);
  primitive_.add(DNNL_ARG_DST, c_, c);
}

}  // namespace hourglass::compute

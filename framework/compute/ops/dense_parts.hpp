// The common parts of the routes of a dense layer: its product, and its end, which is bias and activation.
#pragma once

#include "compute/kernels/undo_activation.hpp"
#include "compute/ops/matmul.hpp"
#include "compute/ops/operation.hpp"

namespace hourglass::compute {

/// x [N, D] * weight [D, K] (transposed: [K, D]) -> [N, K].
struct DenseSizes {
  std::int64_t batch, inputs, outputs;

  explicit DenseSizes(const KernelSpec& spec)
      : batch(spec.batch), inputs(spec.inputs[0].size()), outputs(spec.output.size()) {}
};

/// The activation, forward and backward, and the gradient of the bias.
class DenseEnd {
 public:
  /// `in_product`: the layer has a matrix product that applies the activation, if it can.
  DenseEnd(const KernelSpec& spec, bool in_product);

  const op::Activate& activation() const { return activation_; }
  std::optional<op::Activate> activation_of_product() const;
  std::int64_t saved() const;  ///< floats, a multiple of 16
  bool reads_output() const { return activation_.kind != Activation::identity && !from_input_; }
  bool has_bias() const { return has_bias_; }
  Write bias_write() const { return bias_write_; }

  /// `saved` has room for saved() floats.
  void bind(const Binding& binding, float* saved);
  float* product() const { return before_; }  ///< [N, K]: destination of the product and the bias
  /// Returns the tensor from which the activation's derivative is computed, [N, K].
  const float* derivative_source() const { return from_input_ ? before_ : output_; }
  float alpha() const { return static_cast<float>(activation_.alpha); }

  /// Applies the activation, unless the product has done so.
  void apply() const;
  /// Converts the output's gradient [N, K] to that of the product, and sums its columns to the bias's gradient.
  /// `scratch` has room for scratch() floats; if `rounded` is given, the product's gradient is also written there in
  /// bf16.
  void undo(float* scratch, std::uint16_t* rounded = nullptr) const;
  std::int64_t scratch() const { return undo_.scratch(); }

 private:
  DenseSizes sizes_;
  op::Activate activation_;
  bool has_bias_, from_input_, keeps_input_, separate_;
  Write bias_write_;
  UndoActivation undo_;
  float *before_ = nullptr, *output_ = nullptr, *output_gradient_ = nullptr, *bias_gradient_ = nullptr;
};

/// The product, with bias and optionally activation, of floats or of bf16 copies that it makes.
class DenseProduct {
 public:
  DenseProduct(const KernelSpec& spec, bool transposed, const DenseEnd& end);

  std::int64_t saved() const;  ///< floats, a multiple of 16
  std::int64_t scratch() const { return product_.scratch(); }
  double flops() const { return product_.flops(); }

  void bind(const Binding& binding, float* c, float* saved, float* scratch);
  void execute() const;
  /// The operands as the product reads them: float or, in bf16, std::uint16_t.
  const void* x() const { return rounded_ ? static_cast<const void*>(rounded_x_) : x_; }
  const void* weight() const { return rounded_ ? static_cast<const void*>(rounded_weight_) : weight_; }

 private:
  DenseSizes sizes_;
  bool has_bias_, rounded_;
  const float *x_ = nullptr, *weight_ = nullptr;
  std::uint16_t *rounded_x_ = nullptr, *rounded_weight_ = nullptr;
  Matmul product_;
};

}  // namespace hourglass::compute

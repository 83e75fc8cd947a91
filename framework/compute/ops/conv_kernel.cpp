// Forward, a pass with bias and activation; backward, one pass over the output's gradient that undoes the activation
// and sums the bias's, then a pass for the weight and one for the data.
#include "compute/ops/conv_kernel.hpp"

#include <algorithm>

#include "compute/activation.hpp"
#include "compute/ops/conv_finish.hpp"
#include "compute/ops/conv_pass.hpp"
#include "compute/undo_activation.hpp"

namespace hourglass::compute {
namespace {

class ConvKernel final : public Kernel {
 public:
  ConvKernel(const KernelSpec& spec, ConvShape shape, bool transposed)
      : shape_((shape.batch = spec.batch, shape)),
        transposed_(transposed),
        has_bias_(spec.inputs.size() > 2),
        activation_(spec.activation.value_or(op::Activate{Activation::identity, 0})),
        from_input_(derivative_reads_input(activation_.kind)),
        keeps_input_(from_input_ && std::any_of(spec.gradients.begin(), spec.gradients.end(),
                                                [](Write write) { return write != Write::none; })),
        wants_data_(spec.wants(0)),
        wants_weight_(spec.wants(1)),
        wants_bias_(has_bias_ && spec.wants(2)),
        undo_(spec.batch * pixels(), channels(), activation_, wants_bias_,
              has_bias_ && spec.gradients[2] == Write::add) {
    const ConvTarget output = transposed ? ConvTarget::image : ConvTarget::map;
    forward_ = conv_pass({.shape = shape_,
                          .target = output,
                          .bias = has_bias_,
                          .activation = activation_.kind == Activation::identity ? std::nullopt : spec.activation,
                          .accumulate = false,
                          .precision = spec.precision});
    ConvPassSpec gradient{.shape = shape_, .precision = spec.precision};
    if (wants_data_) {
      gradient.target = transposed ? ConvTarget::map : ConvTarget::image;
      gradient.accumulate = spec.gradients[0] == Write::add;
      data_ = conv_pass(gradient);
    }
    if (wants_weight_) {
      gradient.target = ConvTarget::weight;
      gradient.accumulate = spec.gradients[1] == Write::add;
      weight_undoes_ =
          !wants_data_ && (wants_bias_ || activation_.kind != Activation::identity) && conv_pass_undoes(shape_, output);
      if (weight_undoes_) {
        gradient.undo = ConvUndo{activation_, wants_bias_, has_bias_ && spec.gradients[2] == Write::add};
      }
      weight_ = conv_pass(gradient);
    }
  }

  Workspace workspace() const override {
    std::int64_t scratch = std::max(forward_->scratch(), undo_.scratch());
    if (weight_) scratch = std::max(scratch, weight_->scratch());
    if (data_) scratch = std::max(scratch, data_->scratch());
    return {.saved = keeps_input_ ? shape_.batch * pixels() * channels() : 0, .scratch = scratch};
  }

  Reads backward_reads() const override {
    Reads reads{.inputs = {wants_weight_, wants_data_}, .output = false};
    if (has_bias_) reads.inputs.push_back(false);
    reads.output = activation_.kind != Activation::identity && !from_input_;
    return reads;
  }

  void bind(const Binding& binding) override {
    binding_ = binding;
    // What the activation is applied to: kept apart when its derivative needs it, overwritten otherwise.
    float* const before = keeps_input_ ? binding.saved : binding.output;
    from_ = from_input_ ? before : binding.output;
    ConvTensors tensors{.weight = binding.inputs[1], .scratch = binding.scratch};
    input_of(tensors) = binding.inputs[0];
    tensors.bias = has_bias_ ? binding.inputs[2] : nullptr;
    tensors.target = before;
    tensors.activated = binding.output;
    forward_->bind(tensors);
    output_of(tensors) = binding.output_gradient;
    if (weight_) {
      tensors.target = binding.input_gradients[1];
      tensors.from = from_;
      tensors.bias_sums = wants_bias_ ? binding.input_gradients[2] : nullptr;
      weight_->bind(tensors);
    }
    if (data_) {
      tensors.target = binding.input_gradients[0];
      data_->bind(tensors);
    }
  }

  void forward(const StepKey&) override { forward_->execute(); }

  void backward() override {
    if (!weight_undoes_)
      undo_.execute(from_, binding_.output_gradient, wants_bias_ ? binding_.input_gradients[2] : nullptr,
                    binding_.scratch);
    if (weight_) weight_->execute();
    if (data_) data_->execute();
  }

  double forward_flops() const override { return shape_.flops(); }
  double backward_flops() const override { return shape_.flops() * (int{wants_weight_} + int{wants_data_}); }

 private:
  std::int64_t pixels() const {
    const Extent& output = transposed_ ? shape_.image : shape_.map;
    return output[0] * output[1];
  }
  std::int64_t channels() const { return transposed_ ? shape_.image_channels : shape_.map_channels; }
  const float*& input_of(ConvTensors& tensors) const { return transposed_ ? tensors.map : tensors.image; }
  const float*& output_of(ConvTensors& tensors) const { return transposed_ ? tensors.image : tensors.map; }

  ConvShape shape_;
  bool transposed_, has_bias_;
  op::Activate activation_;
  bool from_input_, keeps_input_, wants_data_, wants_weight_, wants_bias_;
  bool weight_undoes_ = false;  // the pass for the weight undoes the activation as well
  UndoActivation undo_;
  std::unique_ptr<ConvPass> forward_, weight_, data_;
  const float* from_ = nullptr;  // what the activation's derivative is computed from
};

}  // namespace

std::unique_ptr<Kernel> conv_kernel(const KernelSpec& spec, const ConvShape& shape, bool transposed) {
  return std::make_unique<ConvKernel>(spec, shape, transposed);
}

}  // namespace hourglass::compute

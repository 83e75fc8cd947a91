// Forward: a pass with bias and activation. Backward: all gradients at once.
#include "compute/ops/conv/conv_kernel.hpp"

#include <algorithm>

#include "compute/kernels/activation.hpp"
#include "compute/ops/conv/conv_gradients.hpp"
#include "compute/ops/conv/conv_pass.hpp"

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
        wants_data_(spec.wants(0)),
        wants_weight_(spec.wants(1)),
        wants_bias_(has_bias_ && spec.wants(2)) {
    forward_ = conv_pass({.shape = shape_,
                          .target = transposed ? ConvTarget::image : ConvTarget::map,
                          .bias = has_bias_,
                          .activation = activation_.kind == Activation::identity ? std::nullopt : spec.activation,
                          .accumulate = false,
                          .precision = spec.precision});
    if (wants_data_ || wants_weight_ || wants_bias_) {
      gradients_ = conv_gradients({.shape = shape_,
                                   .transposed = transposed,
                                   .activation = activation_,
                                   .data = spec.gradients[0],
                                   .weight = spec.gradients[1],
                                   .bias = has_bias_ ? spec.gradients[2] : Write::none,
                                   .precision = spec.precision});
    }
  }

  Workspace workspace() const override {
    return {.saved = keeps_input() ? shape_.batch * output_size() : 0,
            .scratch = std::max(forward_->scratch(), gradients_ ? gradients_->scratch() : 0)};
  }

  Reads backward_reads() const override {
    Reads reads{.inputs = {wants_weight_, wants_data_}, .output = false};
    if (has_bias_) reads.inputs.push_back(false);
    reads.output = activation_.kind != Activation::identity && !from_input_;
    return reads;
  }

  void bind(const Binding& binding) override {
    // The input of the activation: stored separately if its derivative needs it, overwritten otherwise.
    float* const before = keeps_input() ? binding.saved : binding.output;
    const float* const x = binding.inputs[0];
    forward_->bind({.image = transposed_ ? nullptr : x,
                    .map = transposed_ ? x : nullptr,
                    .weight = binding.inputs[1],
                    .bias = has_bias_ ? binding.inputs[2] : nullptr,
                    .target = before,
                    .activated = binding.output,
                    .scratch = binding.scratch});
    if (!gradients_) return;
    gradients_->bind({.x = x,
                      .weight = binding.inputs[1],
                      .from = from_input_ ? before : binding.output,
                      .dy = binding.output_gradient,
                      .dx = binding.input_gradients[0],
                      .weight_gradient = binding.input_gradients[1],
                      .bias_gradient = wants_bias_ ? binding.input_gradients[2] : nullptr,
                      .scratch = binding.scratch});
  }

  void forward(const StepKey&) override { forward_->execute(); }
  void backward() override { gradients_->execute(); }

  double forward_flops() const override { return shape_.flops(); }
  double backward_flops() const override { return shape_.flops() * (int{wants_weight_} + int{wants_data_}); }

 private:
  bool keeps_input() const { return from_input_ && gradients_; }
  std::int64_t output_size() const { return transposed_ ? shape_.image_size() : shape_.map_size(); }

  ConvShape shape_;
  bool transposed_, has_bias_;
  op::Activate activation_;
  bool from_input_, wants_data_, wants_weight_, wants_bias_;
  std::unique_ptr<ConvPass> forward_;
  std::unique_ptr<ConvGradients> gradients_;
};

}  // namespace

std::unique_ptr<Kernel> conv_kernel(const KernelSpec& spec, const ConvShape& shape, bool transposed) {
  return std::make_unique<ConvKernel>(spec, shape, transposed);
}

}  // namespace hourglass::compute

// One pass over the output's gradient applies the activation's derivative and sums the bias's gradient. Then one pass
// for the weight and one for the data follow, each on its own route.
#include "compute/ops/conv/conv_gradients.hpp"

#include <algorithm>

#include "compute/kernels/undo_activation.hpp"
#include "compute/ops/conv/conv_pass.hpp"

namespace hourglass::compute {
namespace {

class SeparateConvGradients final : public ConvGradients {
 public:
  explicit SeparateConvGradients(const ConvGradientsSpec& spec)
      : transposed_(spec.transposed),
        undo_(spec.shape.batch * pixels(spec), channels(spec), spec.activation, spec.bias != Write::none,
              spec.bias == Write::add) {
    ConvPassSpec pass{.shape = spec.shape, .precision = spec.precision};
    if (spec.data != Write::none) {
      pass.target = spec.transposed ? ConvTarget::map : ConvTarget::image;
      pass.accumulate = spec.data == Write::add;
      data_ = conv_pass(pass);
    }
    if (spec.weight != Write::none) {
      pass.target = ConvTarget::weight;
      pass.accumulate = spec.weight == Write::add;
      const bool undoes = spec.bias != Write::none || spec.activation.kind != Activation::identity;
      const ConvTarget output = spec.transposed ? ConvTarget::image : ConvTarget::map;
      weight_undoes_ = !data_ && undoes && conv_pass_undoes(spec.shape, output);
      if (weight_undoes_) {
        pass.undo = ConvUndo{spec.activation, spec.bias != Write::none, spec.bias == Write::add};
      }
      weight_ = conv_pass(pass);
    }
  }

  std::int64_t scratch() const override {
    std::int64_t scratch = undo_.scratch();
    if (weight_) scratch = std::max(scratch, weight_->scratch());
    if (data_) scratch = std::max(scratch, data_->scratch());
    return scratch;
  }

  void bind(const ConvGradientsTensors& tensors) override {
    tensors_ = tensors;
    ConvTensors pass{.weight = tensors.weight, .scratch = tensors.scratch};
    (transposed_ ? pass.map : pass.image) = tensors.x;
    (transposed_ ? pass.image : pass.map) = tensors.dy;
    if (weight_) {
      pass.target = tensors.weight_gradient;
      pass.from = tensors.from;
      pass.bias_sums = tensors.bias_gradient;
      weight_->bind(pass);
    }
    if (data_) {
      pass.target = tensors.dx;
      data_->bind(pass);
    }
  }

  void execute() override {
    if (!weight_undoes_) undo_.execute(tensors_.from, tensors_.dy, tensors_.bias_gradient, tensors_.scratch);
    if (weight_) weight_->execute();
    if (data_) data_->execute();
  }

 private:
  static std::int64_t pixels(const ConvGradientsSpec& spec) {
    const Extent& output = spec.transposed ? spec.shape.image : spec.shape.map;
    return output[0] * output[1];
  }
  static std::int64_t channels(const ConvGradientsSpec& spec) {
    return spec.transposed ? spec.shape.image_channels : spec.shape.map_channels;
  }

  bool transposed_;
  UndoActivation undo_;
  bool weight_undoes_ = false;  // the pass for the weight also applies the activation's derivative
  std::unique_ptr<ConvPass> weight_, data_;
  ConvGradientsTensors tensors_;
};

}  // namespace

std::unique_ptr<ConvGradients> separate_conv_gradients(const ConvGradientsSpec& spec) {
  return std::make_unique<SeparateConvGradients>(spec);
}

}  // namespace hourglass::compute

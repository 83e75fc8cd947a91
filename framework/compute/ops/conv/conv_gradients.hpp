// The complete backward pass of a convolution, plain or transposed: work common to its gradients is done once.
#pragma once

#include <cstdint>
#include <memory>

#include "compute/ops/conv/conv_shape.hpp"
#include "compute/ops/operation.hpp"

namespace hourglass::compute {

/// Describes y = activation(conv(x, weight) + bias).
struct ConvGradientsSpec {
  ConvShape shape;
  bool transposed = false;  ///< x is the map of `shape` and y its image; otherwise the reverse
  op::Activate activation = {Activation::identity, 0};
  Write data = Write::none, weight = Write::none, bias = Write::none;
  Precision precision = Precision::f32;
};

/// x and y are channels-last, the weight is row-major; tensors that are not needed are null.
struct ConvGradientsTensors {
  const float* x = nullptr;
  const float* weight = nullptr;
  const float* from = nullptr;  ///< input or output of the activation (derivative_reads_input)
  float* dy = nullptr;          ///< may be overwritten
  float *dx = nullptr, *weight_gradient = nullptr, *bias_gradient = nullptr;
  float* scratch = nullptr;
};

/// A compiled backward pass. Executing it allocates nothing.
class ConvGradients {
 public:
  virtual ~ConvGradients() = default;
  virtual std::int64_t scratch() const = 0;
  virtual void bind(const ConvGradientsTensors& tensors) = 0;
  virtual void execute() = 0;
};

/// Compiles a backward pass for the route that was measured to be fastest for its shape
/// (decisions/0006-convolution-routes.md).
std::unique_ptr<ConvGradients> conv_gradients(const ConvGradientsSpec& spec);

/// The routes: a pass over dy that applies the activation's derivative and sums the bias's gradient, then one pass for
/// the weight and one for the data; or all at once, image by image, if winograd_fits().
std::unique_ptr<ConvGradients> separate_conv_gradients(const ConvGradientsSpec& spec);
std::unique_ptr<ConvGradients> winograd_conv_gradients(const ConvGradientsSpec& spec);

}  // namespace hourglass::compute

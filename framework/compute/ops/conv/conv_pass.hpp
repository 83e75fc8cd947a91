// The three passes of a convolution, and their routes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "compute/kernels/precision.hpp"
#include "compute/ops/conv/conv_shape.hpp"

namespace hourglass::compute {

/// The result of a pass, computed from the other two: the map (a convolution's forward pass), the image (its gradient
/// with respect to the image, or a transposed convolution's forward pass), or the weight (its gradient).
enum class ConvTarget { map, image, weight };

/// Additional work of the pass for a weight's gradient, when the gradient that it reads is that of an activated output.
struct ConvUndo {
  op::Activate activation = {Activation::identity, 0};
  bool sum = false;      ///< computes the bias's gradient
  bool add_sum = false;  ///< and adds it to the existing one
};

struct ConvPassSpec {
  ConvShape shape;
  ConvTarget target = ConvTarget::map;
  bool bias = false;                            ///< adds bias [channels] to each pixel of the target
  std::optional<op::Activate> activation = {};  ///< applied last
  bool accumulate = false;                      ///< adds to the target's contents; then without bias and activation
  std::optional<ConvUndo> undo = {};            ///< only where conv_pass_undoes()
  Precision precision = Precision::f32;
};

/// Image and map are channels-last, the weight is row-major. The member for the target itself is not read.
struct ConvTensors {
  const float* image = nullptr;
  const float* map = nullptr;
  const float* weight = nullptr;
  const float* bias = nullptr;
  float* target = nullptr;      ///< before the activation
  float* activated = nullptr;   ///< with an activation; may be `target`
  const float* from = nullptr;  ///< with an undo: input or output of the activation
  float* bias_sums = nullptr;
  float* scratch = nullptr;
};

/// A compiled pass. Executing it allocates nothing.
class ConvPass {
 public:
  virtual ~ConvPass() = default;
  virtual std::int64_t scratch() const = 0;
  virtual void bind(const ConvTensors& tensors) = 0;
  virtual void execute() = 0;
};

/// Compiles a pass for the route that was measured to be fastest for its shape (decisions/0006-convolution-routes.md).
std::unique_ptr<ConvPass> conv_pass(const ConvPassSpec& spec);

/// Returns whether the pass for the weight can apply the derivative of the output's activation; the output is the map
/// or the image. The resulting gradient is not stored, so the gradient with respect to the input must not be needed.
bool conv_pass_undoes(const ConvShape& shape, ConvTarget output);

/// The routes: oneDNN, for everything; our own loops if thin_conv_fits(), for few channels on one side; and, if
/// winograd_fits(), Winograd for 3 x 3 kernels between many channels on images that fit the cache, but not for the
/// weight and not with accumulation.
std::unique_ptr<ConvPass> onednn_conv_pass(const ConvPassSpec& spec);
std::unique_ptr<ConvPass> thin_conv_pass(const ConvPassSpec& spec);
std::unique_ptr<ConvPass> winograd_conv_pass(const ConvPassSpec& spec);
bool thin_conv_fits(const ConvShape& shape);
bool winograd_fits(const ConvShape& shape, Precision precision);

}  // namespace hourglass::compute

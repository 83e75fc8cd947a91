// The three passes of a convolution, and the routes that they can take.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "compute/kernels/precision.hpp"
#include "compute/ops/conv/conv_shape.hpp"

namespace hourglass::compute {

/// What a pass computes from the other two: the map (a convolution's forward pass), the image (its gradient with
/// respect to the image, a transposed convolution's forward pass), or the weight (its gradient).
enum class ConvTarget { map, image, weight };

/// What a weight's gradient can do on the way: the gradient that it reads is that of an activated output.
struct ConvUndo {
  op::Activate activation = {Activation::identity, 0};
  bool sum = false;      ///< the bias's gradient is wanted
  bool add_sum = false;  ///< and added to what is there
};

struct ConvPassSpec {
  ConvShape shape;
  ConvTarget target = ConvTarget::map;
  bool bias = false;                            ///< adds bias [channels] to each pixel of the target
  std::optional<op::Activate> activation = {};  ///< applied last
  bool accumulate = false;                      ///< adds to what the target holds; then no bias and no activation
  std::optional<ConvUndo> undo = {};            ///< only where conv_pass_undoes()
  Precision precision = Precision::f32;
};

/// Image and map are channels-last, the weight row-major. The target's own place is not read.
struct ConvTensors {
  const float* image = nullptr;
  const float* map = nullptr;
  const float* weight = nullptr;
  const float* bias = nullptr;
  float* target = nullptr;      ///< before the activation
  float* activated = nullptr;   ///< with an activation; may be `target`
  const float* from = nullptr;  ///< with an undo: what the activation's derivative is computed from
  float* bias_sums = nullptr;
  float* scratch = nullptr;
};

/// One pass, compiled. Executing it allocates nothing.
class ConvPass {
 public:
  virtual ~ConvPass() = default;
  virtual std::int64_t scratch() const = 0;
  virtual void bind(const ConvTensors& tensors) = 0;
  virtual void execute() = 0;
};

/// Compiles a pass for the route that measured best for its shape (decisions/0006-convolution-routes.md).
std::unique_ptr<ConvPass> conv_pass(const ConvPassSpec& spec);

/// Says that the pass for the weight can undo the activation of the output, which is the map or the image. What it
/// undoes is not written, so that the gradient with respect to the input must not be wanted.
bool conv_pass_undoes(const ConvShape& shape, ConvTarget output);

/// The routes: oneDNN, for everything; loops of our own for thin_conv_fits(), few channels on one side; and for
/// winograd_fits(), kernels of 3 between many channels on images that fit the cache, but not for the weight, and
/// without accumulation.
std::unique_ptr<ConvPass> onednn_conv_pass(const ConvPassSpec& spec);
std::unique_ptr<ConvPass> thin_conv_pass(const ConvPassSpec& spec);
std::unique_ptr<ConvPass> winograd_conv_pass(const ConvPassSpec& spec);
bool thin_conv_fits(const ConvShape& shape);
bool winograd_fits(const ConvShape& shape, Precision precision);

}  // namespace hourglass::compute

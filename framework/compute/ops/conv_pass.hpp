// The three passes of a convolution, and the routes that they can take.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "compute/ops/conv_shape.hpp"
#include "compute/precision.hpp"

namespace hourglass::compute {

/// What a pass computes from the other two: the map (a convolution's forward pass), the image (its gradient with
/// respect to the image, a transposed convolution's forward pass), or the weight (its gradient).
enum class ConvTarget { map, image, weight };

struct ConvPassSpec {
  ConvShape shape;
  ConvTarget target = ConvTarget::map;
  bool bias = false;                            ///< adds bias [channels] to each pixel of the target
  std::optional<op::Activate> activation = {};  ///< applied last
  bool accumulate = false;                      ///< adds to what the target holds; then no bias and no activation
  Precision precision = Precision::f32;
};

/// Image and map are channels-last, the weight row-major. The target's own place is not read.
struct ConvTensors {
  const float* image = nullptr;
  const float* map = nullptr;
  const float* weight = nullptr;
  const float* bias = nullptr;
  float* target = nullptr;     ///< before the activation
  float* activated = nullptr;  ///< with an activation; may be `target`
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

/// The routes: oneDNN, for everything, and loops of our own for thin_conv_fits(): few channels on one side.
std::unique_ptr<ConvPass> onednn_conv_pass(const ConvPassSpec& spec);
std::unique_ptr<ConvPass> thin_conv_pass(const ConvPassSpec& spec);
bool thin_conv_fits(const ConvShape& shape);

}  // namespace hourglass::compute

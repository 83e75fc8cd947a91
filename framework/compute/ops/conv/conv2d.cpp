// Convolutions: x is the image, y the map.
#include "compute/ops/conv/conv_kernel.hpp"
#include "compute/ops/conv/conv_shape.hpp"
#include "compute/ops/registration.hpp"

namespace hourglass::compute {

template <>
class RulesOf<op::Conv2d> final : public Rules {
 public:
  explicit RulesOf(const op::Conv2d& conv) : conv_(conv) {}

  std::string name() const override { return "conv2d"; }

  Shape infer(std::span<const Shape> inputs) const override {
    const ConvShape shape = conv_shape(conv_, inputs);
    return {{shape.map_channels, shape.map[0], shape.map[1]}, true};
  }

  LayoutRule layout() const override { return LayoutRule::channels_last; }
  bool fuses_activation() const override { return true; }
  std::unique_ptr<Kernel> kernel(const KernelSpec& spec) const override {
    return conv_kernel(spec, conv_shape(conv_, spec.inputs), false);
  }

 private:
  op::Conv2d conv_;
};

template std::unique_ptr<Rules> make_rules(const op::Conv2d&);

}  // namespace hourglass::compute

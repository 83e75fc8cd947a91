// Convolutional autoencoder: encoder stages that halve the image, and a decoder that mirrors them. A stage is one
// convolution with its downsampling or upsampling.
#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "hourglass/architecture.hpp"

namespace {

using namespace hourglass;

enum class Down { stride, max_pool, average_pool };
enum class Up { transpose, nearest, bilinear };
enum class Norm { none, batch, group, layer };

class Conv final : public Architecture {
 public:
  struct Params {
    std::vector<std::int64_t> channels = {16, 32};
    std::int64_t kernel = 3;
    Down down = Down::stride;
    Up up = Up::transpose;
    Norm norm = Norm::none;
    std::int64_t groups = 8;
    Activation activation = Activation::relu;
    double dropout = 0;
    bool maps = false;
    bool last_conv = false;
  };
  static void declare(ParamTable<Params>& table) {
    table.add("channels", &Params::channels, {1, 4096},
              "channels of the encoder's stages, from the image on; each stage halves height and width, rounded up");
    table.add("kernel", &Params::kernel, {1, 15}, "height and width of all convolutions; odd");
    table.add("down", &Params::down,
              {{"stride", Down::stride}, {"max_pool", Down::max_pool}, {"average_pool", Down::average_pool}},
              "downsampling of the encoder: a convolution of stride 2, or one of stride 1 followed by 2 x 2 pooling");
    table.add("up", &Params::up, {{"transpose", Up::transpose}, {"nearest", Up::nearest}, {"bilinear", Up::bilinear}},
              "upsampling of the decoder: a transposed convolution of stride 2, or resizing followed by a convolution");
    table.add("norm", &Params::norm,
              {{"none", Norm::none}, {"batch", Norm::batch}, {"group", Norm::group}, {"layer", Norm::layer}},
              "normalisation between each hidden convolution and its non-linearity; such a convolution has no bias");
    table.add("groups", &Params::groups, {1, 4096}, "number of groups; must divide each of `channels`")
        .acts_if({{"norm", Condition::Is::equal, "group"}});
    table.add("activation", &Params::activation, activation_names(), "non-linearity of the hidden layers");
    table.add("dropout", &Params::dropout, {0, 0.99},
              "share of each hidden stage's channels that is dropped in training");
    table.add("maps", &Params::maps,
              "use the feature maps of the last stage as the code, without dense layers; bottleneck.size must be their "
              "number of values");
    table.add(
        "last_conv", &Params::last_conv,
        "make the output with an additional convolution at full size, from as many channels as the first stage has; "
        "false: the last decoder stage makes it");
  }

  explicit Conv(Params params) : params_(std::move(params)) {
    if (params_.channels.empty()) {
      throw std::invalid_argument("channels = [] has no stage; give the channels of at least one stage");
    }
    if (params_.kernel % 2 == 0) {
      throw std::invalid_argument("kernel must be odd, but is " + std::to_string(params_.kernel) + "; use " +
                                  std::to_string(params_.kernel - 1) + " or " + std::to_string(params_.kernel + 1));
    }
    if (params_.norm != Norm::group) return;
    for (const auto width : params_.channels) {
      if (width % params_.groups != 0) {
        throw std::invalid_argument("groups = " + std::to_string(params_.groups) + " does not divide the " +
                                    std::to_string(width) +
                                    " channels of a stage; choose groups that divide all channels, or another norm");
      }
    }
  }

  Encoding encode(Graph&, const EncoderInput& input) const override {
    const auto& dims = input.image.shape().dims;
    sizes({dims[0], dims[1], dims[2]});  // throws if there are too many stages
    Node x = input.image;
    for (const auto width : params_.channels) x = shrink(x, width);  // [N, width, H / 2, W / 2]
    const Node features = flatten(x);
    if (params_.maps && input.code_size != features.shape().size()) {
      throw std::invalid_argument("with maps = true the code has the shape of the last stage " + to_string(x.shape()) +
                                  ": expected bottleneck.size = " + std::to_string(features.shape().size()) +
                                  ", but got " + std::to_string(input.code_size));
    }
    return {.features = features, .is_code = params_.maps};
  }

  Node decode(Graph& graph, const DecoderInput& input) const override {
    const Node code = input.code;
    const auto& shape = input.shape;
    const auto extents = sizes(shape);
    const ImageShape deepest{params_.channels.back(), extents.back()[0], extents.back()[1]};
    Node x = code;
    if (!params_.maps) {
      const auto inputs = code.shape().size();
      x = activation(dense(code, dense_weights(graph, inputs, deepest.size(),
                                               init_for(params_.activation, inputs, deepest.size()))),
                     params_.activation);
    }
    x = to_image(x, deepest);
    for (std::size_t i = params_.channels.size(); i-- > 0;) {
      if (params_.last_conv) {
        x = hidden_end(grow(x, params_.channels[i], extents[i], true));
      } else if (i > 0) {
        x = hidden_end(grow(x, params_.channels[i - 1], extents[i], true));
      } else {
        x = grow(x, shape.channels, extents[0], false);
      }
    }
    return params_.last_conv ? convolve(x, shape.channels, 1, false) : x;
  }

 private:
  /// Returns height and width of the image and after each stage. Throws std::invalid_argument if there are too many
  /// stages.
  std::vector<Extent> sizes(const ImageShape& shape) const {
    std::vector<Extent> result = {{shape.height, shape.width}};
    for (std::size_t i = 0; i < params_.channels.size(); ++i) {
      const auto [height, width] = result.back();
      if (height == 1 && width == 1) {
        throw std::invalid_argument("channels has " + std::to_string(params_.channels.size()) +
                                    " stages, but images of " + to_string(shape) + " shrink to one pixel after " +
                                    std::to_string(i) + "; use at most " + std::to_string(i));
      }
      result.push_back({(height + 1) / 2, (width + 1) / 2});
    }
    return result;
  }

  /// [N, C, H, W] -> [N, width, (H + 1) / 2, (W + 1) / 2], with non-linearity.
  Node shrink(Node x, std::int64_t width) const {
    if (params_.down == Down::stride) return hidden_end(convolve(x, width, 2, true));
    x = normalise(convolve(x, width, 1, true));
    // Max pooling commutes with monotonic activations, which then have a quarter of the work.
    const bool pooled_first = params_.down == Down::max_pool && params_.activation != Activation::gelu &&
                              params_.activation != Activation::swish;
    if (!pooled_first) x = activation(x, params_.activation);
    const auto& dims = x.shape().dims;
    // With an odd size, one more window extends beyond the edge.
    const Extent padding = {dims[1] % 2, dims[2] % 2};
    const auto kind = params_.down == Down::max_pool ? op::PoolKind::max : op::PoolKind::average;
    x = x.graph->apply(op::Pool2d{kind, {2, 2}, {.stride = {2, 2}, .padding = padding}}, {x});
    return spatial_dropout(pooled_first ? activation(x, params_.activation) : x, params_.dropout);
  }

  /// [N, C, h, w] -> [N, width, size], before the non-linearity.
  Node grow(Node x, std::int64_t width, Extent size, bool hidden) const {
    if (params_.up != Up::transpose) {
      const auto kind = params_.up == Up::nearest ? op::ResizeKind::nearest : op::ResizeKind::bilinear;
      return convolve(resize2d(x, size, kind), width, 1, hidden);
    }
    const auto dims = x.shape().dims;
    const ConvOptions options{.kernel = params_.kernel, .stride = 2, .padding = params_.kernel / 2};
    const Extent rest = {size[0] - (2 * dims[1] - 1), size[1] - (2 * dims[2] - 1)};
    // With a stride of 2, each output depends on a quarter of the kernel.
    const auto area = params_.kernel * params_.kernel;
    const auto init = init_for(kind_of(hidden), (dims[0] * area + 3) / 4, width * area);
    return conv_transpose2d(x, conv_transpose2d_weights(*x.graph, dims[0], width, options, init, biased(hidden)),
                            options, rest);
  }

  Node convolve(Node x, std::int64_t width, std::int64_t stride, bool hidden) const {
    const ConvOptions options{.kernel = params_.kernel, .stride = stride, .padding = params_.kernel / 2};
    const auto inputs = x.shape().dims[0], area = params_.kernel * params_.kernel;
    const auto init = init_for(kind_of(hidden), inputs * area, width * area);
    return conv2d(x, conv2d_weights(*x.graph, inputs, width, options, init, biased(hidden)), options);
  }

  Node normalise(Node x) const {
    switch (params_.norm) {
      case Norm::batch: return batch_norm(x);
      case Norm::group: return group_norm(x, params_.groups);
      case Norm::layer: return layer_norm(x);
      default: return x;
    }
  }
  Node hidden_end(Node x) const {
    return spatial_dropout(activation(normalise(x), params_.activation), params_.dropout);
  }

  Activation kind_of(bool hidden) const { return hidden ? params_.activation : Activation::identity; }
  bool biased(bool hidden) const { return !hidden || params_.norm == Norm::none; }

  Params params_;
};

}  // namespace

HOURGLASS_PLUGINS(
    hourglass::plugin<Conv>("conv", "Convolutional stages that halve the image; the decoder mirrors the encoder."))

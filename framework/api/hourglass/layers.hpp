// Layers: node expressions that own weights, and the initialisers that suit them.
#pragma once

#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "hourglass/nodes.hpp"

namespace hourglass {

/// Draws uniformly with variance 2 / (fan_in + fan_out) (Glorot & Bengio 2010).
inline Init glorot_uniform(std::int64_t fan_in, std::int64_t fan_out) {
  return {Init::Kind::uniform, std::sqrt(6.0 / static_cast<double>(fan_in + fan_out))};
}
/// Draws normally with variance 2 / fan_in, for relu and similar activations (He et al. 2015).
inline Init he_normal(std::int64_t fan_in) {
  return {Init::Kind::normal, std::sqrt(2.0 / static_cast<double>(fan_in))};
}

/// Returns the initialiser that suits a layer followed by activation `kind`: he_normal for relu and similar ones, else
/// glorot_uniform.
inline Init init_for(Activation kind, std::int64_t fan_in, std::int64_t fan_out) {
  const bool bounded = kind == Activation::identity || kind == Activation::tanh || kind == Activation::sigmoid;
  return bounded ? glorot_uniform(fan_in, fan_out) : he_normal(fan_in);
}

/// The weights of one layer, so that layers can share them.
struct Weights {
  Node weight;
  Node bias = {};  ///< [outputs], or none
};

namespace detail {
/// Returns the number of channels per group. Throws std::invalid_argument if it is not an integer.
inline std::int64_t per_group(std::int64_t channels, std::int64_t groups) {
  if (groups >= 1 && channels % groups == 0) return channels / groups;
  throw std::invalid_argument("groups = " + std::to_string(groups) + " does not divide " + std::to_string(channels) +
                              " channels");
}

inline std::vector<Node> layer_inputs(Node x, const Weights& weights) {
  std::vector<Node> inputs = {x, weights.weight};
  if (weights.bias) inputs.push_back(weights.bias);
  return inputs;
}
}  // namespace detail

// --- dense --------------------------------------------------------------------------------------------------------

/// Makes the weights of a dense layer from D to K: weight [D, K], bias [K] initialised to zero.
inline Weights dense_weights(Graph& graph, std::int64_t inputs, std::int64_t outputs, Init init, bool bias = true) {
  return {graph.parameter("dense", "weight", {inputs, outputs}, init),
          bias ? graph.parameter("dense", "bias", {outputs}, {}) : Node{}};
}
/// [N, D] -> [N, K]: x * weight + bias.
inline Node dense(Node x, const Weights& weights) {
  return x.owner().apply(op::Dense{}, detail::layer_inputs(x, weights));
}
/// [N, D] -> [N, width], with its own weights (glorot_uniform).
inline Node dense(Node x, std::int64_t width) {
  const auto inputs = x.shape().size();
  return dense(x, dense_weights(x.owner(), inputs, width, glorot_uniform(inputs, width)));
}
/// [N, K] -> [N, D]: x * transpose(weight) + bias, weight [D, K] shared with another layer (tied weights).
inline Node dense_transposed(Node x, Node weight, Node bias = {}) {
  return x.owner().apply(op::Dense{.transposed = true}, detail::layer_inputs(x, {weight, bias}));
}

// --- convolutions, [N, C, H, W] -----------------------------------------------------------------------------------

/// Geometry of a convolution. A single number applies to both directions.
struct ConvOptions {
  std::int64_t kernel = 3, stride = 1, padding = 0, dilation = 1, groups = 1;

  Window window() const { return {{stride, stride}, {padding, padding}, {dilation, dilation}}; }
};

/// Makes the weights of a convolution from C to O channels: weight [O, C / groups, k, k], bias [O] initialised to zero.
inline Weights conv2d_weights(Graph& graph, std::int64_t inputs, std::int64_t outputs, const ConvOptions& options,
                              Init init, bool bias = true) {
  return {graph.parameter("conv2d", "weight",
                          {outputs, detail::per_group(inputs, options.groups), options.kernel, options.kernel}, init),
          bias ? graph.parameter("conv2d", "bias", {outputs}, {}) : Node{}};
}
inline Node conv2d(Node x, const Weights& weights, const ConvOptions& options) {
  return x.owner().apply(op::Conv2d{options.window(), options.groups}, detail::layer_inputs(x, weights));
}
/// [N, C, H, W] -> [N, channels, H', W'], with its own weights (glorot_uniform).
inline Node conv2d(Node x, std::int64_t channels, const ConvOptions& options = {}) {
  const auto inputs = x.shape().dims.at(0), area = options.kernel * options.kernel;
  const auto init = glorot_uniform(detail::per_group(inputs, options.groups) * area,
                                   detail::per_group(channels, options.groups) * area);
  return conv2d(x, conv2d_weights(x.owner(), inputs, channels, options, init), options);
}

/// Makes the weights of a transposed convolution from C to O channels: weight [C, O / groups, k, k], bias [O]
/// initialised to zero.
inline Weights conv_transpose2d_weights(Graph& graph, std::int64_t inputs, std::int64_t outputs,
                                        const ConvOptions& options, Init init, bool bias = true) {
  return {graph.parameter("conv_transpose2d", "weight",
                          {inputs, detail::per_group(outputs, options.groups), options.kernel, options.kernel}, init),
          bias ? graph.parameter("conv_transpose2d", "bias", {outputs}, {}) : Node{}};
}
inline Node conv_transpose2d(Node x, const Weights& weights, const ConvOptions& options, Extent output_padding) {
  return x.owner().apply(op::ConvTranspose2d{options.window(), output_padding, options.groups},
                         detail::layer_inputs(x, weights));
}
/// [N, C, H, W] -> [N, channels, H', W'], with its own weights (glorot_uniform).
inline Node conv_transpose2d(Node x, std::int64_t channels, const ConvOptions& options = {},
                             Extent output_padding = {0, 0}) {
  const auto inputs = x.shape().dims.at(0), area = options.kernel * options.kernel;
  const auto init = glorot_uniform(detail::per_group(inputs, options.groups) * area,
                                   detail::per_group(channels, options.groups) * area);
  return conv_transpose2d(x, conv_transpose2d_weights(x.owner(), inputs, channels, options, init), options,
                          output_padding);
}

// --- normalisation ------------------------------------------------------------------------------------------------

/// Normalises each channel of [N, C, ...] over the batch, with a learned scale and shift. `momentum` is the share of
/// the old running statistics that each step replaces.
inline Node batch_norm(Node x, double epsilon = 1e-5, double momentum = 0.1) {
  Graph& graph = x.owner();
  const auto channels = x.shape().dims.at(0);
  const Node scale = graph.parameter("batch_norm", "scale", {channels}, {Init::Kind::constant, 1});
  const Node shift = graph.parameter("batch_norm", "shift", {channels}, {});
  const Node mean = graph.state("batch_norm", "running_mean", {channels}, {});
  const Node variance = graph.state("batch_norm", "running_variance", {channels}, {Init::Kind::constant, 1});
  return graph.apply(op::BatchNorm{epsilon, momentum}, {x, scale, shift, mean, variance});
}
/// Normalises each sample over all its elements, with a learned scale and shift per element.
inline Node layer_norm(Node x, double epsilon = 1e-5) {
  Graph& graph = x.owner();
  const Node scale = graph.parameter("layer_norm", "scale", x.shape().dims, {Init::Kind::constant, 1});
  return graph.apply(op::LayerNorm{epsilon}, {x, scale, graph.parameter("layer_norm", "shift", x.shape().dims, {})});
}
/// Normalises each group of channels of each sample, with a learned scale and shift per channel.
inline Node group_norm(Node x, std::int64_t groups, double epsilon = 1e-5) {
  Graph& graph = x.owner();
  const auto channels = x.shape().dims.at(0);
  const Node scale = graph.parameter("group_norm", "scale", {channels}, {Init::Kind::constant, 1});
  return graph.apply(op::GroupNorm{groups, epsilon},
                     {x, scale, graph.parameter("group_norm", "shift", {channels}, {})});
}

}  // namespace hourglass

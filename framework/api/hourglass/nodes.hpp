// Node expressions without weights: arithmetic, non-linearities, shapes, and the building blocks of sparse, quantised
// and random codes. Axes count from 0 and do not include the batch.
#pragma once

#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "hourglass/graph.hpp"

namespace hourglass {

// --- non-linearities ----------------------------------------------------------------------------------------------

inline Node activation(Node x, Activation kind, double alpha) {
  return x.owner().apply(op::Activate{kind, alpha}, {x});
}
/// Applies a non-linearity with its usual slope: 0.01 for leaky_relu, 1 for elu.
inline Node activation(Node x, Activation kind) {
  if (kind == Activation::identity) return x;
  return activation(x, kind, kind == Activation::leaky_relu ? 0.01 : 1.0);
}
inline Node relu(Node x) { return activation(x, Activation::relu); }
inline Node leaky_relu(Node x, double slope = 0.01) { return activation(x, Activation::leaky_relu, slope); }
inline Node elu(Node x, double scale = 1.0) { return activation(x, Activation::elu, scale); }
inline Node gelu(Node x) { return activation(x, Activation::gelu); }
inline Node tanh(Node x) { return activation(x, Activation::tanh); }
inline Node sigmoid(Node x) { return activation(x, Activation::sigmoid); }
inline Node softplus(Node x) { return activation(x, Activation::softplus); }
inline Node swish(Node x) { return activation(x, Activation::swish); }
inline Node softmax(Node x) { return x.owner().apply(op::Softmax{}, {x}); }  ///< over the last dimension

/// Zeroes each element with probability `rate`, in [0, 1), during training.
inline Node dropout(Node x, double rate) { return rate == 0 ? x : x.owner().apply(op::Dropout{rate}, {x}); }
/// Zeroes whole channels of [N, C, ...] with probability `rate`, in [0, 1), during training.
inline Node spatial_dropout(Node x, double rate) {
  return rate == 0 ? x : x.owner().apply(op::Dropout{rate, true}, {x});
}

// --- arithmetic ---------------------------------------------------------------------------------------------------

inline Node operator+(Node a, Node b) { return a.owner().apply(op::Binary{op::BinaryKind::add}, {a, b}); }
inline Node operator-(Node a, Node b) { return a.owner().apply(op::Binary{op::BinaryKind::subtract}, {a, b}); }
inline Node operator*(Node a, Node b) { return a.owner().apply(op::Binary{op::BinaryKind::multiply}, {a, b}); }
inline Node operator/(Node a, Node b) { return a.owner().apply(op::Binary{op::BinaryKind::divide}, {a, b}); }
inline Node operator+(Node x, double shift) { return x.owner().apply(op::Affine{1, shift}, {x}); }
inline Node operator+(double shift, Node x) { return x + shift; }
inline Node operator-(Node x, double shift) { return x + -shift; }
inline Node operator-(double shift, Node x) { return x.owner().apply(op::Affine{-1, shift}, {x}); }
inline Node operator-(Node x) { return x.owner().apply(op::Affine{-1, 0}, {x}); }
inline Node operator*(double scale, Node x) { return x.owner().apply(op::Affine{scale, 0}, {x}); }
inline Node operator*(Node x, double scale) { return scale * x; }
inline Node operator/(Node x, double divisor) { return (1 / divisor) * x; }
inline Node abs(Node x) { return x.owner().apply(op::Unary{op::UnaryKind::abs}, {x}); }
inline Node square(Node x) { return x.owner().apply(op::Unary{op::UnaryKind::square}, {x}); }
inline Node sqrt(Node x) { return x.owner().apply(op::Unary{op::UnaryKind::sqrt}, {x}); }  ///< x >= 0
inline Node exp(Node x) { return x.owner().apply(op::Unary{op::UnaryKind::exp}, {x}); }
inline Node log(Node x) { return x.owner().apply(op::Unary{op::UnaryKind::log}, {x}); }  ///< x > 0

/// Sums over the dimensions `axes`, which are removed.
inline Node reduce_sum(Node x, std::vector<int> axes) {
  return x.owner().apply(op::Reduce{op::ReduceKind::sum, std::move(axes)}, {x});
}
inline Node reduce_mean(Node x, std::vector<int> axes) {
  return x.owner().apply(op::Reduce{op::ReduceKind::mean, std::move(axes)}, {x});
}
/// [N, ...] -> [...].
inline Node batch_mean(Node x) { return x.owner().apply(op::BatchMean{}, {x}); }

// --- shapes -------------------------------------------------------------------------------------------------------

/// [N, ...] -> [N, dims...].
inline Node reshape(Node x, std::vector<std::int64_t> dims) {
  return x.owner().apply(op::Reshape{std::move(dims)}, {x});
}
inline Node to_image(Node x, const ImageShape& shape) {  ///< [N, C * H * W] -> [N, C, H, W]
  return reshape(x, {shape.channels, shape.height, shape.width});
}
/// [N, ...] -> [N, D].
inline Node flatten(Node x) { return x.shape().dims.size() == 1 ? x : reshape(x, {x.shape().size()}); }
/// Dimension i of the result is dimension order[i] of x.
inline Node transpose(Node x, std::vector<int> order) { return x.owner().apply(op::Transpose{std::move(order)}, {x}); }
/// Concatenates tensors along `axis`; all other dimensions must be equal.
inline Node concat(std::vector<Node> parts, int axis = 0) {
  if (parts.empty()) throw std::invalid_argument("concat expects at least one tensor, but got none");
  Graph& graph = parts.at(0).owner();
  return graph.apply(op::Concat{axis}, std::move(parts));
}
/// Returns elements [begin, end) of dimension `axis`.
inline Node slice(Node x, int axis, std::int64_t begin, std::int64_t end) {
  return x.owner().apply(op::Slice{axis, begin, end}, {x});
}

// --- images, [N, C, H, W] -----------------------------------------------------------------------------------------

/// Maxima of windows [kernel, kernel] with the given stride; 0 means a stride equal to the kernel size.
inline Node max_pool2d(Node x, std::int64_t kernel, std::int64_t stride = 0, std::int64_t padding = 0) {
  if (stride == 0) stride = kernel;
  return x.owner().apply(op::Pool2d{op::PoolKind::max, {kernel, kernel}, {{stride, stride}, {padding, padding}}}, {x});
}
/// Means of windows, as in max_pool2d; padding is not counted.
inline Node average_pool2d(Node x, std::int64_t kernel, std::int64_t stride = 0, std::int64_t padding = 0) {
  if (stride == 0) stride = kernel;
  return x.owner().apply(op::Pool2d{op::PoolKind::average, {kernel, kernel}, {{stride, stride}, {padding, padding}}},
                         {x});
}
/// Resizes to `size`, [height, width].
inline Node resize2d(Node x, Extent size, op::ResizeKind kind = op::ResizeKind::nearest) {
  return x.owner().apply(op::Resize2d{kind, size}, {x});
}
/// Repeats each pixel `factor` times in each direction.
inline Node upsample2d(Node x, std::int64_t factor, op::ResizeKind kind = op::ResizeKind::nearest) {
  return resize2d(x, {x.shape().dims.at(1) * factor, x.shape().dims.at(2) * factor}, kind);
}

// --- sparse, quantised and random codes ---------------------------------------------------------------------------

/// Keeps the `count` largest of each sample, [N, K], and zeroes the rest; outside training it keeps `inference_count`
/// (0: the same). Layers that follow skip the zeros.
inline Node top_k(Node x, std::int64_t count, std::int64_t inference_count = 0) {
  return x.owner().apply(op::TopK{count, inference_count == 0 ? count : inference_count, op::TopKScope::sample}, {x});
}
/// Keeps the `count` largest of each sample, [N, K], among the units whose mask, [K], is not 0; zeroes the rest.
inline Node masked_top_k(Node x, Node mask, std::int64_t count) {
  return x.owner().apply(op::TopK{count, count, op::TopKScope::sample, true}, {x, mask});
}
/// In training, keeps the largest of each unit over the batch, as many as give `count` per sample on average. Outside
/// training, keeps the `inference_count` largest of each sample (0: all).
inline Node winner_take_all(Node x, std::int64_t count, std::int64_t inference_count = 0) {
  const auto kept = inference_count == 0 ? x.shape().size() : inference_count;
  return x.owner().apply(op::TopK{count, kept, op::TopKScope::unit}, {x});
}
/// In training, keeps the N * `count` largest of the whole batch. Outside training, keeps the `count` largest of each
/// sample.
inline Node batch_top_k(Node x, std::int64_t count) {
  return x.owner().apply(op::TopK{count, count, op::TopKScope::batch}, {x});
}

/// As above, with a threshold that is learned in training and used outside it: see op::BatchTopK.
inline Node batch_top_k(Node x, std::int64_t count, double decay) {
  const Node threshold = x.owner().state("batch_top_k", "threshold", {1}, {});
  return x.owner().apply(op::BatchTopK{count, decay}, {x, threshold});
}
/// [K], 1 for each unit of a code [N, K] that has been 0 for the last `samples` samples of training, at most 2^24.
inline Node dead_units(Node code, std::int64_t samples) {
  const Node idle = code.owner().state("dead_units", "idle", {code.shape().size()}, {});
  return code.owner().apply(op::TrackIdle{samples}, {code, idle});
}

/// In training, draws from a normal distribution by reparameterisation (Kingma & Welling 2014); otherwise returns the
/// mean.
inline Node sample_gaussian(Node mean, Node log_variance) {
  return mean.owner().apply(op::SampleGaussian{}, {mean, log_variance});
}
/// Draws [N, size] from the standard normal distribution, in training and outside it. The host draws with the step's
/// key, so that equal runs draw equal numbers.
inline Node standard_normal(Graph& graph, std::int64_t size) { return graph.apply(op::StandardNormal{size}, {}); }
inline Node stop_gradient(Node x) { return x.owner().apply(op::StopGradient{}, {x}); }
/// Has the values of `value` and passes the gradient to `x`.
inline Node straight_through(Node x, Node value) { return x.owner().apply(op::StraightThrough{}, {x, value}); }
/// x [N, ..., D], codebook [E, D] -> [N, ...]: the index of the nearest row by Euclidean distance.
inline Node nearest(Node x, Node codebook) { return x.owner().apply(op::Nearest{}, {x, codebook}); }
/// table [E, D], rows [N, ...] -> [N, ..., D].
inline Node gather(Node table, Node rows) { return table.owner().apply(op::Gather{}, {table, rows}); }

/// Repeats each sample `count` times in training, to draw several codes for an image: sample_gaussian(repeat(mean, k),
/// repeat(log_variance, k)). All nodes that follow have the repeated batch, and losses and penalties are averaged over
/// it.
inline Node repeat(Node x, std::int64_t count) { return count == 1 ? x : x.owner().apply(op::Repeat{count}, {x}); }

/// Adds a plugin's custom operation.
inline Node custom(std::shared_ptr<const CustomOperation> operation, std::vector<Node> inputs) {
  if (!operation || inputs.empty()) {
    throw std::invalid_argument("custom expects an operation and at least one input");
  }
  Graph& graph = inputs.at(0).owner();
  return graph.apply(op::Custom{std::move(operation)}, std::move(inputs));
}

}  // namespace hourglass

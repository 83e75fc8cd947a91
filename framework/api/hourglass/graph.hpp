// The graph that architectures and bottlenecks describe. A plugin writes node expressions once; the host infers shapes,
// compiles them per batch size, and owns memory, gradients and the optimiser.
#pragma once

#include <cmath>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "hourglass/shape.hpp"

namespace hourglass {

class Graph;

/// A tensor in a graph under construction. Cheap to copy; means nothing outside its graph.
struct Node {
  Graph* graph = nullptr;
  int id = -1;

  explicit operator bool() const { return graph != nullptr; }
  const Shape& shape() const;
};

/// How a parameter starts. `uniform` draws from [-scale, scale], `normal` has standard deviation `scale`.
struct Init {
  enum class Kind { constant, uniform, normal };
  Kind kind = Kind::constant;
  double scale = 0;  ///< the constant, the half-width or the standard deviation
};

/// Element-wise non-linearities. leaky_relu and elu use `alpha` as the slope or scale below zero.
/// gelu is the exact x * Phi(x); swish is x * sigmoid(x); softplus is log(1 + exp(x)).
enum class Activation { identity, relu, leaky_relu, elu, gelu, tanh, sigmoid, softplus, swish };

/// Names as written in experiment files, in the order of the enumerators.
inline const std::vector<std::string>& activation_names() {
  static const std::vector<std::string> names = {"identity", "relu",    "leaky_relu", "elu",  "gelu",
                                                 "tanh",     "sigmoid", "softplus",   "swish"};
  return names;
}
/// Converts a name of `activation_names()`; any other name gives `identity`, so check it before.
inline Activation activation_of(std::string_view name) {
  const auto& names = activation_names();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<Activation>(i);
  }
  return Activation::identity;
}

/// A plugin's own operation, for mathematics that no built-in operation covers. One object serves all batches and is
/// called from one thread at a time; keep in it only what does not depend on the data.
class CustomOperation {
 public:
  virtual ~CustomOperation() = default;

  virtual std::string name() const = 0;
  /// Returns the output's shape. Throws std::invalid_argument when the inputs do not fit.
  virtual Shape infer(std::span<const Shape> inputs) const = 0;
  /// Computes the output, which is not initialised. Batched tensors are [batch, ...], row-major.
  virtual void forward(std::int64_t batch, std::span<const std::span<const float>> inputs,
                       std::span<float> output) const = 0;
  /// Adds to each `input_gradients[i]` the gradient that `output_gradient` gives; an empty span wants none.
  virtual void backward(std::int64_t batch, std::span<const std::span<const float>> inputs,
                        std::span<const float> output, std::span<const float> output_gradient,
                        std::span<const std::span<float>> input_gradients) const = 0;
};

/// The operations that the host knows, as data. Plugins use the functions at the end of this file.
namespace op {
struct Dense {  ///< x [N, D], weight [D, K] (transposed: [K, D]), bias [K] or none -> [N, K]
  bool transposed = false;
};
struct Activate {  ///< same shape
  Activation kind;
  double alpha;
};
struct Reshape {  ///< same number of elements
  std::vector<std::int64_t> dims;
};
struct Dropout {  ///< zeroes with probability `rate` and scales the rest by 1 / (1 - rate); identity outside training
  double rate;
};
enum class BinaryKind { add, subtract, multiply, divide };
struct Binary {  ///< element-wise; an operand without a batch is repeated over it
  BinaryKind kind;
};
enum class UnaryKind { abs, square, sqrt, exp, log };
struct Unary {  ///< element-wise, same shape
  UnaryKind kind;
};
struct Affine {  ///< scale * x + shift
  double scale, shift;
};
struct BatchMean {};  ///< [N, ...] -> [...], the mean over the batch
struct Custom {
  std::shared_ptr<const CustomOperation> operation;
};
using Operation = std::variant<Dense, Activate, Reshape, Dropout, Binary, Unary, Affine, BatchMean, Custom>;
}  // namespace op

/// Built by plugins, owned by the host. Every call checks its shapes and throws std::invalid_argument with the
/// operation and the shapes.
class Graph {
 public:
  virtual ~Graph() = default;

  virtual Node image() = 0;   ///< [N, C, H, W]: the encoder's input, noisy in training
  virtual Node labels() = 0;  ///< [N, classes]: one-hot; throws when the dataset has no labels

  /// Adds an operation and returns its output.
  virtual Node apply(op::Operation operation, std::vector<Node> inputs) = 0;

  /// Adds a trainable tensor. Its full name is `part.layer_i.name`, made unique by the host; weight decay spares
  /// tensors of rank 1 (biases, scales).
  virtual Node parameter(std::string_view layer, std::string_view name, std::vector<std::int64_t> dims, Init init) = 0;

  /// Adds `weight` times the sum of x's elements, averaged over the batch when x is batched, to the training loss, and
  /// reports the value under `name`.
  virtual void penalty(std::string_view name, Node x, double weight) = 0;

  virtual const Shape& shape(Node x) const = 0;
};

inline const Shape& Node::shape() const { return graph->shape(*this); }

/// Weights of one dense layer, to share between layers.
struct DenseWeights {
  Node weight;  ///< [D, K]
  Node bias;    ///< [K], or none
};

/// Draws uniformly with variance 2 / (fan_in + fan_out) (Glorot & Bengio 2010).
inline Init glorot_uniform(std::int64_t fan_in, std::int64_t fan_out) {
  return {Init::Kind::uniform, std::sqrt(6.0 / static_cast<double>(fan_in + fan_out))};
}
/// Draws normally with variance 2 / fan_in, for relu and its kin (He et al. 2015).
inline Init he_normal(std::int64_t fan_in) {
  return {Init::Kind::normal, std::sqrt(2.0 / static_cast<double>(fan_in))};
}

/// Makes the weights of a dense layer from D to K.
inline DenseWeights dense_weights(Graph& graph, std::int64_t inputs, std::int64_t outputs, Init init,
                                  bool bias = true) {
  return {graph.parameter("dense", "weight", {inputs, outputs}, init),
          bias ? graph.parameter("dense", "bias", {outputs}, {}) : Node{}};
}
/// [N, D] -> [N, K]: x * weight + bias.
inline Node dense(Node x, const DenseWeights& weights) {
  std::vector<Node> inputs = {x, weights.weight};
  if (weights.bias) inputs.push_back(weights.bias);
  return x.graph->apply(op::Dense{}, std::move(inputs));
}
/// [N, D] -> [N, width], with weights of its own (glorot_uniform) and a bias that starts at zero.
inline Node dense(Node x, std::int64_t width);
/// [N, K] -> [N, D]: x * transpose(weight) + bias, weight [D, K] shared with another layer (tied weights).
inline Node dense_transposed(Node x, Node weight, Node bias = {}) {
  std::vector<Node> inputs = {x, weight};
  if (bias) inputs.push_back(bias);
  return x.graph->apply(op::Dense{.transposed = true}, std::move(inputs));
}

inline Node activation(Node x, Activation kind, double alpha) { return x.graph->apply(op::Activate{kind, alpha}, {x}); }
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

/// [N, ...] -> [N, dims...].
inline Node reshape(Node x, std::vector<std::int64_t> dims) {
  return x.graph->apply(op::Reshape{std::move(dims)}, {x});
}
inline Node to_image(Node x, const ImageShape& shape) {  ///< [N, C * H * W] -> [N, C, H, W]
  return reshape(x, {shape.channels, shape.height, shape.width});
}
/// [N, ...] -> [N, D].
inline Node flatten(Node x) { return reshape(x, {x.shape().size()}); }
/// Zeroes each element with probability `rate`, in [0, 1), during training.
inline Node dropout(Node x, double rate) { return rate == 0 ? x : x.graph->apply(op::Dropout{rate}, {x}); }

inline Node operator+(Node a, Node b) { return a.graph->apply(op::Binary{op::BinaryKind::add}, {a, b}); }
inline Node operator-(Node a, Node b) { return a.graph->apply(op::Binary{op::BinaryKind::subtract}, {a, b}); }
inline Node operator*(Node a, Node b) { return a.graph->apply(op::Binary{op::BinaryKind::multiply}, {a, b}); }
inline Node operator/(Node a, Node b) { return a.graph->apply(op::Binary{op::BinaryKind::divide}, {a, b}); }
inline Node operator+(Node x, double shift) { return x.graph->apply(op::Affine{1, shift}, {x}); }
inline Node operator-(Node x, double shift) { return x + -shift; }
inline Node operator*(double scale, Node x) { return x.graph->apply(op::Affine{scale, 0}, {x}); }
inline Node operator-(double shift, Node x) { return x.graph->apply(op::Affine{-1, shift}, {x}); }
inline Node abs(Node x) { return x.graph->apply(op::Unary{op::UnaryKind::abs}, {x}); }
inline Node square(Node x) { return x.graph->apply(op::Unary{op::UnaryKind::square}, {x}); }
inline Node sqrt(Node x) { return x.graph->apply(op::Unary{op::UnaryKind::sqrt}, {x}); }  ///< x >= 0
inline Node exp(Node x) { return x.graph->apply(op::Unary{op::UnaryKind::exp}, {x}); }
inline Node log(Node x) { return x.graph->apply(op::Unary{op::UnaryKind::log}, {x}); }  ///< x > 0
/// [N, ...] -> [...].
inline Node batch_mean(Node x) { return x.graph->apply(op::BatchMean{}, {x}); }
/// Adds a plugin's own operation.
inline Node custom(std::shared_ptr<const CustomOperation> operation, std::vector<Node> inputs) {
  Graph& graph = *inputs.at(0).graph;
  return graph.apply(op::Custom{std::move(operation)}, std::move(inputs));
}

inline Node dense(Node x, std::int64_t width) {
  const auto inputs = x.shape().size();
  return dense(x, dense_weights(*x.graph, inputs, width, glorot_uniform(inputs, width)));
}

}  // namespace hourglass

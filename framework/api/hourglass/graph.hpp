// The graph that architectures and bottlenecks describe. A plugin writes node expressions once (layers.hpp, nodes.hpp);
// the host infers shapes, compiles them per batch size, and owns memory, gradients and the optimiser.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "hourglass/operation.hpp"
#include "hourglass/shape.hpp"

namespace hourglass {

class Graph;

/// A tensor in a graph under construction. Cheap to copy; means nothing outside its graph.
struct Node {
  Graph* graph = nullptr;
  int id = -1;

  explicit operator bool() const { return graph != nullptr; }
  /// The graph that it belongs to. Throws std::invalid_argument for an empty node.
  Graph& owner() const {
    if (graph == nullptr) throw std::invalid_argument("an empty node was used: it was declared but never assigned");
    return *graph;
  }
  const Shape& shape() const;  ///< lives as long as the graph
};

/// How a parameter starts. `uniform` draws from [-scale, scale], `normal` has standard deviation `scale`; `copy` takes
/// the values of another parameter, `mean_image` those of the mean of the clean training images (zeros in a network
/// without data).
struct Init {
  enum class Kind { constant, uniform, normal, copy, mean_image };
  Kind kind = Kind::constant;
  double scale = 0;    ///< the constant, the half-width or the standard deviation
  Node original = {};  ///< of a copy: a parameter of equal dimensions

  static Init copy_of(Node parameter) { return {Kind::copy, 0, parameter}; }
  static Init mean_image() { return {Kind::mean_image}; }  ///< for C * H * W numbers
};

/// The weight of a penalty: constant, or rising (or falling) linearly between two epochs of training.
struct PenaltyWeight {
  double value;            ///< in the end; what [train] monitor and its comparison of epochs use throughout
  double initial = value;  ///< up to `ramp_begin`
  double ramp_begin = 0;   ///< epochs since the start of training, may be fractions
  double ramp_end = 0;     ///< not before `ramp_begin`

  PenaltyWeight(double constant) : value(constant) {}  // NOLINT: a number is a weight
  PenaltyWeight(double value_, double initial_, double ramp_begin_, double ramp_end_)
      : value(value_), initial(initial_), ramp_begin(ramp_begin_), ramp_end(ramp_end_) {}

  /// A weight that rises linearly from 0 over the first `epochs`; 0: it is constant.
  static PenaltyWeight rising(double value, double epochs) {
    return epochs > 0 ? PenaltyWeight(value, 0, 0, epochs) : PenaltyWeight(value);
  }

  /// Returns the weight at `epoch`, counted from 0; 2.5 is half-way through the third.
  double at(double epoch) const {
    if (epoch >= ramp_end) return value;
    if (epoch <= ramp_begin) return initial;
    return initial + (value - initial) * (epoch - ramp_begin) / (ramp_end - ramp_begin);
  }
  bool varies() const { return initial != value && ramp_end > 0; }
};

/// Built by plugins, owned by the host. Every call checks its shapes and throws std::invalid_argument with the
/// operation and the shapes.
class Graph {
 public:
  virtual ~Graph() = default;

  virtual Node image() = 0;  ///< [N, C, H, W]: the encoder's input, noisy in training

  /// Adds an operation and returns its output.
  virtual Node apply(op::OperationRef operation, std::vector<Node> inputs) = 0;

  /// Adds a trainable tensor. Its full name is `part.layer_i.name`, made unique by the host; weight decay spares
  /// tensors of rank 1 (biases, scales).
  virtual Node parameter(std::string_view layer, std::string_view name, std::vector<std::int64_t> dims, Init init) = 0;

  /// Adds a tensor that is kept with the parameters but not trained: what an operation itself updates, such as running
  /// statistics. Named as a parameter is.
  virtual Node state(std::string_view layer, std::string_view name, std::vector<std::int64_t> dims, Init init) = 0;

  /// Scales each row of a parameter [R, D] to Euclidean norm 1, at the start and after every update.
  virtual void keep_unit_rows(Node parameter) = 0;

  /// Adds the sum of x's elements, averaged over the batch when x is batched, `weight` times to the training loss.
  /// Value and weight are reported apart, under `name`: a-z, 0-9 and _, unique, neither "objective" nor
  /// "reconstruction".
  virtual void penalty(std::string_view name, Node x, PenaltyWeight weight) = 0;

  virtual const Shape& shape(Node x) const = 0;

  /// Returns the weight of a penalty that is measured in nats per image: the objective is then a constant multiple of
  /// (-log p(x|z) + the penalty), whatever [train] reduction says. 1 if the loss is summed over the pixels, 1 / (C * H
  /// * W) if it is their mean.
  virtual double nat() const = 0;

  /// Makes the objective importance-weighted (Burda et al. 2016): with `log_ratio` [N, 1] = log p(z) - log q(z|x) in
  /// nats, training minimises -log mean_k exp(log p(x|z_k) + log_ratio_k) over the draws of repeat(), averaged over the
  /// batch, and its exact gradient. The objective's part beyond the reconstruction loss, in nats, is reported as the
  /// penalty `name` with the weight nat(). At most once for each network.
  virtual void importance_weighted(std::string_view name, Node log_ratio) = 0;

  /// Adds the penalty ||dy / dx||^2, the squared Frobenius norm of each sample's Jacobian of y [N, K] with respect to
  /// x, averaged over the batch (Rifai et al. 2011). Value and gradient are exact: K backward passes, as one with K
  /// times the batch; where y is one dense layer of x and perhaps a non-linearity, the closed form. Throws
  /// std::invalid_argument with the node's name for an operation on the way from x to y that has no derivative per
  /// sample, such as batch normalisation, or none that is known here, such as dropout.
  virtual void jacobian_penalty(std::string_view name, Node y, Node x, PenaltyWeight weight) = 0;

  /// Removes from the gradient of each row of a parameter [R, D] its component along the row, before the optimiser sees
  /// it. With keep_unit_rows(), moments of the optimiser then hold nothing that the constraint undoes (Bricken et al.
  /// 2023).
  virtual void remove_row_gradients(Node parameter) = 0;
};

inline const Shape& Node::shape() const { return owner().shape(*this); }

}  // namespace hourglass

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

/// How a parameter starts. `uniform` draws from [-scale, scale], `normal` has standard deviation `scale`.
struct Init {
  enum class Kind { constant, uniform, normal };
  Kind kind = Kind::constant;
  double scale = 0;  ///< the constant, the half-width or the standard deviation
};

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

  /// Adds a tensor that is kept with the parameters but not trained: what an operation itself updates, such as running
  /// statistics. Named as a parameter is.
  virtual Node state(std::string_view layer, std::string_view name, std::vector<std::int64_t> dims, Init init) = 0;

  /// Scales each row of a parameter [R, D] to Euclidean norm 1, at the start and after every update.
  virtual void keep_unit_rows(Node parameter) = 0;

  /// Adds `weight` times the sum of x's elements, averaged over the batch when x is batched, to the training loss, and
  /// reports the value under `name`.
  virtual void penalty(std::string_view name, Node x, double weight) = 0;

  virtual const Shape& shape(Node x) const = 0;
};

inline const Shape& Node::shape() const { return owner().shape(*this); }

}  // namespace hourglass

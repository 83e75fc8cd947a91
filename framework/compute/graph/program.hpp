// The part of compiling a plan that needs no memory: which steps, on which tensors, and who writes which gradient
// first.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compute/graph/plan_spec.hpp"
#include "compute/ops/operation.hpp"

namespace hourglass::compute {

/// A tensor. Nodes that are each other under another shape share one; so do their gradients. A node that is needed in
/// both layouts has one of each, with a conversion between them.
struct Tensor {
  /// Placed by lifetime; filled by the caller; in the model's buffer; the objective's target.
  enum class Home { arena, fed, model, target };

  int node = -1;  ///< the first node that it is the value of
  Home home = Home::arena;
  std::int64_t elements = 0;
  bool kept = false;          ///< the caller reads it
  bool trains = false;        ///< a parameter, or computed from one
  bool has_gradient = false;  ///< something writes its gradient
  Layout layout = Layout::row_major;
  int list = -1;           ///< index into Program::lists: where it can differ from zero
  int gradient_list = -1;  ///< the same for its gradient
};

/// Memory for a RowList.
struct ListPlace {
  std::int64_t nonzeros = 0;  ///< at most
  std::int64_t rows = 0;
};

/// One kernel's place.
struct Step {
  int node = -1;                                ///< whose operation it is
  std::optional<op::Activate> activation = {};  ///< of the node that was fused into it
  std::string name;                             ///< of the node whose value it writes
  std::vector<int> inputs;                      ///< tensors
  int output = -1;                              ///< tensor; -1 for a penalty
  std::vector<Write> gradients;
  bool backward = false;
  int penalty = -1;                   ///< index into Network::penalties(); then there is no operation
  bool conversion = false;            ///< of `node`'s value to the other layout; then there is no operation either
  Layout layout = Layout::row_major;  ///< of its image-shaped tensors; of a conversion's output
};

/// What the loss does in addition to its own computation.
struct LossPlace {
  int output = -1;  ///< tensor
  bool gradient = false;
  int log_ratio = -1;  ///< tensor of an importance-weighted objective; -1: it is not
  bool log_ratio_gradient = false;
  std::int64_t draws = 1;       ///< rows of the output per row of the target
  int summed = -1;              ///< tensor whose gradient is the sum of the output's gradient over the batch
  bool output_is_free = false;  ///< nobody else needs the output's value
};

struct Program {
  std::vector<Tensor> tensors;
  std::vector<int> tensor_of;  ///< by node, row-major for those that the caller sees; -1: not computed
  std::vector<Step> steps;     ///< in the order of the forward pass
  std::vector<ListPlace> lists;
  std::optional<LossPlace> loss;
  std::vector<int> unwritten;  ///< parameters whose gradient nothing writes
};

/// Lays out a plan. `loss_sums` says that the loss can sum its gradient over the batch. Throws std::invalid_argument
/// for nodes of another graph.
Program lay_out(const Network& network, const PlanSpec& spec, bool loss_sums);

}  // namespace hourglass::compute

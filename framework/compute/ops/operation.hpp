// What an operation is to the engine: rules to check and shape it while the graph is described, and a kernel that a
// plan compiles once and then runs. One file per operation implements both; see affine.cpp for the smallest.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compute/step_key.hpp"
#include "hourglass/graph.hpp"

namespace hourglass::compute {

/// How a kernel delivers the gradient of one input.
enum class Write { none, overwrite, add };

/// What a kernel is compiled for.
struct KernelSpec {
  std::int64_t batch = 1;
  bool training = false;
  int node = -1;  ///< its output's id, a key for random numbers
  std::vector<Shape> inputs;
  Shape output;
  std::vector<Write> gradients;                 ///< one for each input; all `none` when there is no backward pass
  std::optional<op::Activate> activation = {};  ///< to be applied to the output; only where Rules::fuses_activation()

  std::int64_t elements(const Shape& shape) const { return (shape.batched ? batch : 1) * shape.size(); }
  bool wants(std::size_t input) const { return gradients[input] != Write::none; }
};

/// Floats that a kernel needs beside its tensors.
struct Workspace {
  std::int64_t saved = 0;    ///< kept from forward to backward
  std::int64_t scratch = 0;  ///< free for all outside a call
};

/// Which values a kernel's backward pass reads; others may be gone by then.
struct Reads {
  std::vector<bool> inputs;
  bool output = false;
};

/// Where everything lies, on 64-byte boundaries. Gradients that are not wanted are null.
struct Binding {
  std::vector<const float*> inputs;
  float* output = nullptr;
  std::vector<float*> input_gradients;
  float* output_gradient = nullptr;  ///< complete when backward starts, and the kernel's to overwrite
  float* saved = nullptr;
  float* scratch = nullptr;
};

/// One step of a plan. It gives the same bits on any number of threads, and allocates nothing after `bind`.
class Kernel {
 public:
  virtual ~Kernel() = default;

  virtual Workspace workspace() const { return {}; }
  virtual Reads backward_reads() const = 0;
  virtual void bind(const Binding& binding) { binding_ = binding; }

  virtual void forward(const StepKey& key) = 0;
  /// Delivers the gradients of the inputs, from the last input to the first: two inputs may be one tensor.
  virtual void backward() = 0;

  virtual double forward_flops() const { return 0; }
  virtual double backward_flops() const { return 0; }

 protected:
  Binding binding_;
};

/// What the graph and the plan ask of an operation.
class Rules {
 public:
  virtual ~Rules() = default;

  virtual std::string name() const = 0;  ///< "dense", "relu": also the stem of the node's name
  /// Returns the output's shape. Throws std::invalid_argument with the shapes got and those that fit.
  virtual Shape infer(std::span<const Shape> inputs) const = 0;
  /// Says that the output is the input under another shape, so that no step is needed.
  virtual bool aliases_input(bool /*training*/) const { return false; }
  /// Says that the kernel can apply an activation that follows.
  virtual bool fuses_activation() const { return false; }
  /// Names the input whose gradient is the output's gradient summed over the batch, or -1: the loss can do that sum.
  virtual int summed_input(std::span<const Shape> /*inputs*/) const { return -1; }
  virtual std::unique_ptr<Kernel> kernel(const KernelSpec& spec) const = 0;
};

std::unique_ptr<Rules> rules_of(const op::Operation& operation);

/// The rules of one alternative of op::Operation; each operation's file specialises it and ends with
/// `template std::unique_ptr<Rules> make_rules(const op::X&);`.
template <class Operation>
class RulesOf;
template <class Operation>
std::unique_ptr<Rules> make_rules(const Operation& operation);

/// Throws std::invalid_argument: `wanted` and then the shapes got, as in "wants [N, D] and [D, K], got [N, 3] and [4,
/// 2]".
[[noreturn]] void refuse_shapes(const std::string& wanted, std::span<const Shape> inputs);
/// The same unless there are `count` inputs.
void check_count(std::span<const Shape> inputs, std::size_t count, const std::string& wanted);

}  // namespace hourglass::compute

// What an operation is to the engine: rules to check and shape it while the graph is described, and a kernel that a
// plan compiles once and then runs. One file per operation implements both; see affine.cpp for the smallest.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compute/kernels/precision.hpp"
#include "compute/ops/step_key.hpp"
#include "hourglass/graph.hpp"

namespace hourglass::compute {

/// How a kernel delivers the gradient of one input.
enum class Write { none, overwrite, add };

/// How an image-shaped tensor [N, C, H, W] lies in memory: as written, or as [N, H, W, C].
enum class Layout { row_major, channels_last };

/// What an operation asks of its image-shaped tensors; the plan converts between layouts. `any` wants all of them in
/// one. Tensors of other ranks, and parameters given to a `channels_last` operation, are always row-major.
enum class LayoutRule { row_major, channels_last, any };

/// Says that the two layouts of this shape differ in memory.
bool layouts_differ(const Shape& shape);

/// Which elements of a matrix [N, K] can differ from zero: of row n, columns[begins[n]] to columns[begins[n + 1] - 1],
/// ascending.
struct RowList {
  std::int32_t* begins = nullptr;  ///< [N + 1]; begins[0] is 0
  std::int32_t* columns = nullptr;
};

/// What a kernel is compiled for.
struct KernelSpec {
  std::int64_t batch = 1;
  bool training = false;
  Precision precision = Precision::f32;
  int node = -1;  ///< its output's id, a key for random numbers
  std::vector<Shape> inputs;
  Shape output;
  std::vector<Write> gradients;                 ///< one for each input; all `none` when there is no backward pass
  std::optional<op::Activate> activation = {};  ///< to be applied to the output; only where Rules::fuses_activation()
  Layout layout = Layout::row_major;            ///< of the image-shaped tensors, when the rule is `any`
  // The most elements that a RowList of the binding holds; 0: there is none, and the tensor is dense.
  std::vector<std::int64_t> input_nonzeros = {};  ///< by input; of its gradient, only what is listed will be read
  std::int64_t output_nonzeros = 0;               ///< Rules::nonzeros(): the list is the kernel's to write
  std::int64_t output_gradient_nonzeros = 0;

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

/// Where everything lies, on 64-byte boundaries. Gradients that are not wanted are null. What a RowList leaves out is
/// zero in memory as well.
struct Binding {
  std::vector<const float*> inputs;
  float* output = nullptr;
  std::vector<float*> input_gradients;
  float* output_gradient = nullptr;  ///< complete when backward starts, and the kernel's to overwrite
  float* saved = nullptr;
  float* scratch = nullptr;
  std::vector<RowList> input_lists;
  RowList output_list, output_gradient_list;
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
  virtual LayoutRule layout() const { return LayoutRule::row_major; }
  /// Says that the output is the first input under another shape, so that no step is needed.
  virtual bool aliases_input(bool /*training*/) const { return false; }
  /// Says that no gradient passes to input `input`.
  virtual bool blocks_gradient(std::size_t /*input*/) const { return false; }
  /// The most elements of the output that differ from zero, when the kernel lists them; the gradient of its first input
  /// is then zero elsewhere. 0: it keeps no list.
  virtual std::int64_t nonzeros(const Shape& /*output*/, std::int64_t /*batch*/, bool /*training*/) const { return 0; }
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

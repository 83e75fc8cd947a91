// The engine's view of an operation: rules that check it and infer its shape while the graph is described, and a kernel
// that a plan compiles once and then runs. One file per operation implements both; affine.cpp is the smallest.
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

/// The memory layout of an image-shaped tensor [N, C, H, W]: as written, or as [N, H, W, C].
enum class Layout { row_major, channels_last };

/// The layout that an operation requires of its image-shaped tensors; the plan converts between layouts. `any` requires
/// the same layout for all of them. Tensors of other ranks, and parameters passed to a `channels_last` operation, are
/// always row-major.
enum class LayoutRule { row_major, channels_last, any };

/// Returns whether the two layouts of this shape differ in memory.
bool layouts_differ(const Shape& shape);

/// The elements of a matrix [N, K] that can differ from zero: in row n, columns[begins[n]] to columns[begins[n + 1] -
/// 1], ascending.
struct RowList {
  std::int32_t* begins = nullptr;  ///< [N + 1]; begins[0] is 0
  std::int32_t* columns = nullptr;
};

/// The specification for which a kernel is compiled.
struct KernelSpec {
  std::int64_t batch = 1;
  bool training = false;
  Precision precision = Precision::f32;
  int node = -1;  ///< its output's id, a key for random numbers
  std::vector<Shape> inputs;
  Shape output;
  std::vector<Write> gradients;                 ///< one per input; all `none` if there is no backward pass
  std::optional<op::Activate> activation = {};  ///< applied to the output; only if Rules::fuses_activation()
  Layout layout = Layout::row_major;            ///< of the image-shaped tensors, if the rule is `any`
  // The largest number of elements in a RowList of the binding; 0: there is no list, and the tensor is dense.
  std::vector<std::int64_t> input_nonzeros = {};  ///< by input; only the listed elements of its gradient are read
  std::int64_t output_nonzeros = 0;               ///< Rules::nonzeros(): the kernel writes the list
  std::int64_t output_gradient_nonzeros = 0;

  std::int64_t elements(const Shape& shape) const { return (shape.batched ? batch : 1) * shape.size(); }
  bool wants(std::size_t input) const { return gradients[input] != Write::none; }
};

/// The number of floats that a kernel needs in addition to its tensors.
struct Workspace {
  std::int64_t saved = 0;    ///< kept from forward to backward
  std::int64_t scratch = 0;  ///< not preserved between calls
};

/// The values that a kernel's backward pass reads; others may have been overwritten by then.
struct Reads {
  std::vector<bool> inputs;
  bool output = false;
};

/// The addresses of all tensors, on 64-byte boundaries. Gradients that are not needed are null. Elements that a RowList
/// does not list are zero in memory as well.
struct Binding {
  std::vector<const float*> inputs;
  float* output = nullptr;
  std::vector<float*> input_gradients;
  float* output_gradient = nullptr;  ///< complete when backward starts; the kernel may overwrite it
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
  /// Returns the output's shape. Throws std::invalid_argument with the shapes received and the shapes expected.
  virtual Shape infer(std::span<const Shape> inputs) const = 0;
  virtual LayoutRule layout() const { return LayoutRule::row_major; }
  /// Returns whether the output is the first input with another shape, so that no step is needed.
  virtual bool aliases_input(bool /*training*/) const { return false; }
  /// Returns whether input `input` gets no gradient.
  virtual bool blocks_gradient(std::size_t /*input*/) const { return false; }
  /// Returns the largest number of elements of the output that differ from zero, if the kernel lists them; the gradient
  /// of its first input is then zero elsewhere. 0: it keeps no list.
  virtual std::int64_t nonzeros(const Shape& /*output*/, std::int64_t /*batch*/, bool /*training*/) const { return 0; }
  /// Returns whether the kernel can apply an activation that follows.
  virtual bool fuses_activation() const { return false; }
  /// Returns the input whose gradient is the output's gradient summed over the batch, so that the loss can compute that
  /// sum, or -1.
  virtual int summed_input(std::span<const Shape> /*inputs*/) const { return -1; }
  virtual std::unique_ptr<Kernel> kernel(const KernelSpec& spec) const = 0;
};

op::Operation copy_of(op::OperationRef operation);
std::unique_ptr<Rules> rules_of(const op::Operation& operation);

/// The rules of one alternative of op::Operation. The file of each operation specialises it and ends with `template
/// std::unique_ptr<Rules> make_rules(const op::X&);`.
template <class Operation>
class RulesOf;
template <class Operation>
std::unique_ptr<Rules> make_rules(const Operation& operation);

/// Throws std::invalid_argument for inputs with other shapes than expected, as in "expects [N, D] and [D, K], but got
/// [N, 3] and [4, 2]".
[[noreturn]] void refuse_shapes(const std::string& expected, std::span<const Shape> inputs);
/// Throws std::invalid_argument for an option of the operation, as in "expects a rate in [0, 1), but got 1.5 for [N,
/// 3]".
[[noreturn]] void refuse_option(const std::string& expected, const std::string& got, std::span<const Shape> inputs);
/// Calls refuse_shapes() unless there are `count` inputs.
void check_count(std::span<const Shape> inputs, std::size_t count, const std::string& expected);

}  // namespace hourglass::compute

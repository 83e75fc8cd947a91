// The built-in operations, as data. Plugins create them with the functions of layers.hpp and nodes.hpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "hourglass/names.hpp"
#include "hourglass/shape.hpp"

namespace hourglass {

/// Element-wise non-linearities. leaky_relu and elu use `alpha` as the slope or scale below zero.
/// gelu is the exact x * Phi(x); swish is x * sigmoid(x); softplus is log(1 + exp(x)).
enum class Activation { identity, relu, leaky_relu, elu, gelu, tanh, sigmoid, softplus, swish };

/// Names as written in experiment files.
inline const Names<Activation>& activation_names() {
  static const Names<Activation> names = {
      {"identity", Activation::identity}, {"relu", Activation::relu},         {"leaky_relu", Activation::leaky_relu},
      {"elu", Activation::elu},           {"gelu", Activation::gelu},         {"tanh", Activation::tanh},
      {"sigmoid", Activation::sigmoid},   {"softplus", Activation::softplus}, {"swish", Activation::swish}};
  return names;
}

/// An operation defined by a plugin, for mathematics that no built-in operation covers. One object serves all batches
/// and is called from one thread at a time; it must not keep state that depends on the data.
class CustomOperation {
 public:
  virtual ~CustomOperation() = default;

  virtual std::string name() const = 0;
  /// Returns the output's shape. Throws std::invalid_argument if the inputs do not fit.
  virtual Shape infer(std::span<const Shape> inputs) const = 0;
  /// Computes the output, which is uninitialised memory. Batched tensors are [batch, ...], row-major.
  virtual void forward(std::int64_t batch, std::span<const std::span<const float>> inputs,
                       std::span<float> output) const = 0;
  /// Adds to each `input_gradients[i]` the gradient that follows from `output_gradient`; an empty span needs no
  /// gradient.
  virtual void backward(std::int64_t batch, std::span<const std::span<const float>> inputs,
                        std::span<const float> output, std::span<const float> output_gradient,
                        std::span<const std::span<float>> input_gradients) const = 0;
};

/// [height, width].
using Extent = std::array<std::int64_t, 2>;

/// How a window moves over an image. Output position o covers inputs o * stride - padding + i * dilation, for i in [0,
/// kernel).
struct Window {
  Extent stride = {1, 1};
  Extent padding = {0, 0};  ///< zeros on each side
  Extent dilation = {1, 1};
};

namespace op {

// --- layers -------------------------------------------------------------------------------------------------------

struct Dense {  ///< x [N, D], weight [D, K] (transposed: [K, D]), bias [K] or none -> [N, K]
  bool transposed = false;
};
struct Conv2d {  ///< x [N, C, H, W], weight [O, C / groups, kh, kw], bias [O] or none -> [N, O, H', W']
  Window window;
  std::int64_t groups = 1;
};
/// x [N, C, H, W], weight [C, O / groups, kh, kw], bias [O] or none -> [N, O, H', W'], with H' = (H - 1) * stride - 2 *
/// padding + dilation * (kh - 1) + 1 + output_padding: the gradient of a Conv2d with respect to its input.
struct ConvTranspose2d {
  Window window;
  Extent output_padding = {0, 0};
  std::int64_t groups = 1;
};
enum class PoolKind { max, average };
struct Pool2d {  ///< [N, C, H, W] -> [N, C, H', W']; padding is not counted in a maximum or an average
  PoolKind kind;
  Extent kernel;
  Window window;
};
enum class ResizeKind { nearest, bilinear };
struct Resize2d {  ///< [N, C, H, W] -> [N, C, size]; pixel centres at half-integers, as in PyTorch and Keras
  ResizeKind kind;
  Extent size;
};
/// x [N, C, ...], scale [C], shift [C], running mean [C], running variance [C] -> x's shape. Training normalises by the
/// statistics of the batch and moves the running statistics (which have no gradient) towards them by `momentum`;
/// otherwise the running statistics are used (Ioffe & Szegedy 2015).
struct BatchNorm {
  double epsilon, momentum;
};
struct LayerNorm {  ///< x [N, ...], scale [...], shift [...]: over all elements of a sample (Ba et al. 2016)
  double epsilon;
};
struct GroupNorm {  ///< x [N, C, ...], scale [C], shift [C]: over each group of C / groups channels (Wu & He 2018)
  std::int64_t groups;
  double epsilon;
};
/// Zeroes with probability `rate` and scales the rest by 1 / (1 - rate); identity outside training. `channels` drops
/// whole channels of [N, C, ...] (Tompson et al. 2015).
struct Dropout {
  double rate;
  bool channels = false;
};
struct Activate {  ///< same shape
  Activation kind;
  double alpha;
};
struct Softmax {};  ///< over the last dimension

// --- sparse and quantised codes -----------------------------------------------------------------------------------

/// The elements among which the largest are kept: those of a sample; those of a unit over the batch (lifetime sparsity,
/// Makhzani & Frey 2015); or all of the batch (Bussmann et al. 2024).
enum class TopKScope { sample, unit, batch };
/// [N, K] -> [N, K] with all but the largest elements set to zero; of equal elements, the first is kept. `count` is the
/// number kept per sample, on average if the scope is wider: N * count of the batch, N * count / K (rounded, at least
/// 1) of a unit. Outside training each sample keeps `inference_count`. With `masked`, for the scope sample, a second
/// input is a mask [K]: only units whose mask is not 0 are kept, so perhaps fewer.
struct TopK {
  std::int64_t count, inference_count;
  TopKScope scope = TopKScope::sample;
  bool masked = false;
};
/// mean, log variance, of one shape -> mean + exp(log variance / 2) * noise; the mean outside training, unless the host
/// asks for draws, as estimates of a likelihood do.
struct SampleGaussian {};
struct StandardNormal {  ///< no inputs -> [N, size]: draws from N(0, 1), in training and outside it; no gradient
  std::int64_t size;
};
struct StopGradient {};     ///< the same values, without a gradient
struct StraightThrough {};  ///< x, value of one shape -> value; the gradient goes to x unchanged (Bengio et al. 2013)
struct Nearest {};          ///< x [N, ..., D], codebook [E, D] -> [N, ...]: the index of the nearest row; no gradient
struct Gather {};           ///< table [E, D], row indices [N, ...] -> [N, ..., D]
/// [N, ...] -> [N * count, ...], each sample `count` times in succession, in plans with an objective; the same tensor
/// in others, and so wherever a model is applied. An operation on repeated and other tensors repeats the latter.
struct Repeat {
  std::int64_t count;
};
/// x [N, ..., D], indices of its nearest rows [N, ...], codebook [E, D], uses [E], sums [E, D] -> [E], 1 for each row
/// that has restarted, else 0. In training, uses and sums (state) follow, at the rate 1 - decay, the number of vectors
/// whose nearest row is e and their sum. With `learns`, row e becomes sums / uses, smoothed by `epsilon` (van den Oord
/// et al. 2017, appendix A.1). A row whose uses fall below `restart_below` becomes a random vector of the batch
/// (Dhariwal et al. 2020). No gradient.
struct TrackCodebook {
  bool learns;
  double decay, epsilon, restart_below;
};

/// x [N, K], threshold [1] (state) -> [N, K]. In training as TopK of the scope batch, and the threshold follows, at the
/// rate 1 - decay, the least kept element above 0; the first batch sets it. Outside training, keeps the elements above
/// 0 that are not below the threshold, so that a sample's code does not depend on its batch (Bussmann et al. 2024).
struct BatchTopK {
  std::int64_t count;
  double decay;
};
/// code [N, K], idle [K] (state) -> [K], 1 for each dead unit, else 0: one that has been 0 for the last `samples`
/// samples of training or more. In training, idle counts the samples since each unit was last not 0, up to `samples`.
/// No gradient.
struct TrackIdle {
  std::int64_t samples;
};

// --- shapes -------------------------------------------------------------------------------------------------------

struct Reshape {  ///< same number of elements
  std::vector<std::int64_t> dims;
};
struct Transpose {  ///< dimension i of the output is dimension order[i] of the input, not counting the batch
  std::vector<int> order;
};
struct Concat {  ///< tensors that differ only in dimension `axis`, not counting the batch
  int axis;
};
struct Slice {  ///< [begin, end) of dimension `axis`, not counting the batch
  int axis;
  std::int64_t begin, end;
};

// --- arithmetic ---------------------------------------------------------------------------------------------------

enum class BinaryKind { add, subtract, multiply, divide };
/// Element-wise. An operand without a batch is broadcast over it; dimensions of 1, or missing leading dimensions, are
/// broadcast as in NumPy.
struct Binary {
  BinaryKind kind;
};
enum class UnaryKind { abs, square, sqrt, exp, log };
struct Unary {  ///< element-wise, same shape
  UnaryKind kind;
};
struct Affine {  ///< scale * x + shift
  double scale, shift;
};
enum class ReduceKind { sum, mean };
struct Reduce {  ///< over the dimensions `axes`, which are removed; the batch stays
  ReduceKind kind;
  std::vector<int> axes;
};
struct BatchMean {};  ///< [N, ...] -> [...], the mean over the batch
struct Custom {
  std::shared_ptr<const CustomOperation> operation;
};

using Operation = std::variant<Dense, Conv2d, ConvTranspose2d, Pool2d, Resize2d, BatchNorm, LayerNorm, GroupNorm,
                               Dropout, Activate, Softmax, TopK, SampleGaussian, StandardNormal, StopGradient,
                               StraightThrough, Nearest, Gather, Reshape, Transpose, Concat, Slice, Binary, Unary,
                               Affine, Reduce, BatchMean, Custom, Repeat, TrackCodebook, BatchTopK, TrackIdle>;

/// Any of the operations above, as an argument: refers to it, for the callee to copy. Making an Operation would take
/// each plugin a quarter of a second to compile.
class OperationRef {
 public:
  template <class T>
  OperationRef(const T& operation)  // NOLINT: every operation is one
      : index_(index_in<T>(static_cast<Operation*>(nullptr))), address_(&operation) {}

  std::size_t index() const { return index_; }  ///< of its type in Operation
  const void* address() const { return address_; }

 private:
  template <class T, class... Types>
  static consteval std::size_t index_in(std::variant<Types...>*) {
    static_assert((std::is_same_v<T, Types> || ...), "not an operation");
    std::size_t index = 0;
    ((std::is_same_v<T, Types> || (++index, false)) || ...);
    return index;
  }

  std::size_t index_;
  const void* address_;
};
}  // namespace op

}  // namespace hourglass

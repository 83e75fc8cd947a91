// Batch normalisation (Ioffe & Szegedy 2015) on the columns of [N * H * W, C], with the activation that follows.
#include <algorithm>
#include <cmath>

#include "base/multiversion.hpp"
#include "compute/kernels/activation.hpp"
#include "compute/kernels/parallel.hpp"
#include "compute/ops/norm_loops.hpp"
#include "compute/ops/registration.hpp"

namespace hourglass::compute {
namespace {

constexpr std::int64_t kChannels = 16;  // merged at a time

// [rows, columns], where a row may comprise several of the tensor's, in blocks that fit a core's cache. A block
// produces two sums per column, which are merged in double precision in the order of the blocks.
struct Blocks {
  std::int64_t rows, columns, channels, block_rows, count;

  Blocks(std::int64_t all_rows, std::int64_t all_channels) : channels(all_channels) {
    const std::int64_t together = rows_together(all_rows, channels);
    rows = all_rows / together;
    columns = channels * together;
    block_rows = std::max<std::int64_t>(32, 8192 / columns);
    count = (rows + block_rows - 1) / block_rows;
  }

  std::int64_t partials() const { return 2 * count * columns; }
  std::int64_t rows_of(std::int64_t block) const { return std::min(block_rows, rows - block * block_rows); }
};

// Merges the mean of `count` channels from `first` on, and the sum of squared deviations from it, from those of each
// block.
HOURGLASS_MULTIVERSION void merge_moments(const Blocks& blocks, const float* partials, std::int64_t first,
                                          std::int64_t count, double* mean, double* squares) {
  const auto all = static_cast<double>(blocks.rows * (blocks.columns / blocks.channels));
  double sum[kChannels] = {}, square[kChannels] = {};
  for (const bool around : {false, true}) {
    const float* partial = partials + first;
    for (std::int64_t block = 0; block < blocks.count; ++block, partial += 2 * blocks.columns) {
      const auto rows = static_cast<double>(blocks.rows_of(block));
      for (std::int64_t column = 0; column < blocks.columns; column += blocks.channels) {
        const float *means = partial + column, *spreads = means + blocks.columns;
        if (around) {
          for (std::int64_t c = 0; c < count; ++c) {
            const double distance = static_cast<double>(means[c]) - sum[c];
            square[c] += static_cast<double>(spreads[c]) + rows * distance * distance;
          }
        } else {
          for (std::int64_t c = 0; c < count; ++c) sum[c] += rows / all * static_cast<double>(means[c]);
        }
      }
    }
  }
  std::copy_n(sum, count, mean);
  std::copy_n(square, count, squares);
}

// Adds up the two partial sums of `count` channels from `first` on.
HOURGLASS_MULTIVERSION void merge_sums(const Blocks& blocks, const float* partials, std::int64_t first,
                                       std::int64_t count, double* one, double* other) {
  double sum[kChannels] = {}, second[kChannels] = {};
  const float* partial = partials + first;
  for (std::int64_t block = 0; block < blocks.count; ++block, partial += 2 * blocks.columns) {
    for (std::int64_t column = 0; column < blocks.columns; column += blocks.channels) {
      for (std::int64_t c = 0; c < count; ++c) sum[c] += static_cast<double>(partial[column + c]);
      for (std::int64_t c = 0; c < count; ++c) second[c] += static_cast<double>(partial[blocks.columns + column + c]);
    }
  }
  std::copy_n(sum, count, one);
  std::copy_n(second, count, other);
}

class BatchNormKernel final : public Kernel {
 public:
  BatchNormKernel(const KernelSpec& spec, const op::BatchNorm& norm)
      : norm_(norm),
        training_(spec.training),
        blocks_(spec.elements(spec.output) / spec.output.dims[0], spec.output.dims[0]),
        writes_(spec.gradients),
        activation_(spec.activation.value_or(op::Activate{Activation::identity, 0})),
        from_input_(derivative_reads_input(activation_.kind)),
        goes_back_(spec.wants(0) || spec.wants(1) || spec.wants(2)),
        keeps_input_(from_input_ && goes_back_ && activation_.kind != Activation::identity) {}

  Workspace workspace() const override {
    const std::int64_t constants = 3 * blocks_.columns;
    return {.saved = (keeps_input_ ? blocks_.rows * blocks_.columns : 0) + blocks_.columns + blocks_.channels,
            .scratch = constants + (training_ ? blocks_.partials() : 0)};
  }

  Reads backward_reads() const override {
    const bool output = activation_.kind != Activation::identity && !from_input_;
    return {.inputs = {goes_back_, goes_back_, false, false, false}, .output = output};
  }

  void bind(const Binding& binding) override {
    binding_ = binding;
    mean_ = binding.saved;
    deviation_ = mean_ + blocks_.columns;
    // The input of the activation: stored separately if its derivative needs it, overwritten otherwise.
    before_ = keeps_input_ ? deviation_ + blocks_.channels : binding.output;
    factor_ = binding.scratch;
    shift_ = factor_ + blocks_.columns;
    slope_ = shift_ + blocks_.columns;
    partials_ = slope_ + blocks_.columns;
  }

  void forward(const StepKey&) override {
    training_ ? measure() : recall();
    each_block([&](std::int64_t, std::int64_t offset, std::int64_t rows) {
      normalise_columns(binding_.inputs[0] + offset, mean_, factor_, shift_, before_ + offset, rows, blocks_.columns);
      if (activation_.kind == Activation::identity) return;
      activate(activation_.kind, alpha(), before_ + offset, binding_.output + offset, rows * blocks_.columns);
    });
  }

  void backward() override {
    if (!goes_back_) return;
    const float *x = binding_.inputs[0], *from = from_input_ ? before_ : binding_.output;
    float* dy = binding_.output_gradient;
    each_block([&](std::int64_t block, std::int64_t offset, std::int64_t rows) {
      if (activation_.kind != Activation::identity) {
        activate_backward(activation_.kind, alpha(), from + offset, dy + offset, dy + offset, rows * blocks_.columns,
                          false);
      }
      float* partial = partials_ + 2 * block * blocks_.columns;
      column_gradients(x + offset, mean_, dy + offset, rows, blocks_.columns, partial, partial + blocks_.columns);
    });
    parallel_blocks(blocks_.channels, kChannels, [&](std::int64_t begin, std::int64_t end) { merge(begin, end); });
    if (writes_[0] == Write::none) return;
    each_block([&](std::int64_t, std::int64_t offset, std::int64_t rows) {
      normalise_columns_backward(x + offset, mean_, dy + offset, factor_, slope_, shift_,
                                 binding_.input_gradients[0] + offset, rows, blocks_.columns, writes_[0] == Write::add);
    });
  }

 private:
  float alpha() const { return static_cast<float>(activation_.alpha); }

  // Calls body(block, offset of its first element, rows).
  template <class Body>
  void each_block(const Body& body) const {
    parallel_blocks(blocks_.count, 1, [&](std::int64_t block, std::int64_t) {
      body(block, block * blocks_.block_rows * blocks_.columns, blocks_.rows_of(block));
    });
  }

  // Computes the statistics of the batch, keeps them for the backward pass, and mixes them into the running statistics.
  void measure() {
    each_block([&](std::int64_t block, std::int64_t offset, std::int64_t rows) {
      const float* x = binding_.inputs[0] + offset;
      float *means = partials_ + 2 * block * blocks_.columns, *squares = means + blocks_.columns;
      column_sums(x, rows, blocks_.columns, means);
      for (std::int64_t c = 0; c < blocks_.columns; ++c) means[c] /= static_cast<float>(rows);
      column_squares(x, means, rows, blocks_.columns, squares);
    });
    parallel_blocks(blocks_.channels, kChannels, [&](std::int64_t begin, std::int64_t end) {
      double mean[kChannels], squares[kChannels];
      merge_moments(blocks_, partials_, begin, end - begin, mean, squares);
      const double count = values();
      for (std::int64_t c = begin; c < end; ++c) {
        set_channel(c, mean[c - begin], squares[c - begin] / count);
        // The plan passes inputs as const, but the running statistics are state of this operation, which updates them.
        auto* running_mean = const_cast<float*>(binding_.inputs[3]);
        auto* running_variance = const_cast<float*>(binding_.inputs[4]);
        move_on(running_mean[c], mean[c - begin]);
        // The variance of a single value is undefined.
        if (count > 1) move_on(running_variance[c], squares[c - begin] / (count - 1));
      }
    });
  }

  double values() const { return static_cast<double>(blocks_.rows * (blocks_.columns / blocks_.channels)); }

  void move_on(float& running, double measured) const {
    running = static_cast<float>((1 - norm_.momentum) * static_cast<double>(running) + norm_.momentum * measured);
  }

  void recall() {
    for (std::int64_t c = 0; c < blocks_.channels; ++c) {
      set_channel(c, static_cast<double>(binding_.inputs[3][c]), static_cast<double>(binding_.inputs[4][c]));
    }
  }

  void set_channel(std::int64_t c, double mean, double variance) {
    const double deviation = std::sqrt(variance + norm_.epsilon);
    deviation_[c] = static_cast<float>(deviation);
    set(mean_, c, mean);
    set(factor_, c, static_cast<double>(binding_.inputs[1][c]) / deviation);
    set(shift_, c, static_cast<double>(binding_.inputs[2][c]));
  }

  void set(float* constants, std::int64_t c, double value) const {
    for (; c < blocks_.columns; c += blocks_.channels) constants[c] = static_cast<float>(value);
  }

  // Computes the gradients of scale and shift, and the coefficients of the gradient of x.
  void merge(std::int64_t begin, std::int64_t end) {
    double sums[kChannels], products[kChannels];
    merge_sums(blocks_, partials_, begin, end - begin, sums, products);
    for (std::int64_t c = begin; c < end; ++c) {
      const double sum = sums[c - begin], product = products[c - begin];
      const auto deviation = static_cast<double>(deviation_[c]);
      deliver(2, c, sum);
      deliver(1, c, product / deviation);
      const double factor = static_cast<double>(binding_.inputs[1][c]) / deviation;
      set(factor_, c, factor);
      set(slope_, c, -factor * product / (deviation * deviation * values()));
      set(shift_, c, -factor * sum / values());
    }
  }

  void deliver(std::size_t input, std::int64_t c, double gradient) const {
    if (writes_[input] == Write::none) return;
    float& to = binding_.input_gradients[input][c];
    to = static_cast<float>(gradient) + (writes_[input] == Write::add ? to : 0.0f);
  }

  op::BatchNorm norm_;
  bool training_;
  Blocks blocks_;
  std::vector<Write> writes_;
  op::Activate activation_;
  bool from_input_, goes_back_, keeps_input_;
  float *mean_ = nullptr, *deviation_ = nullptr, *before_ = nullptr;
  float *factor_ = nullptr, *shift_ = nullptr, *slope_ = nullptr, *partials_ = nullptr;
};

}  // namespace

template <>
class RulesOf<op::BatchNorm> final : public Rules {
 public:
  explicit RulesOf(const op::BatchNorm& norm) : norm_(norm) {}

  std::string name() const override { return "batch_norm"; }

  Shape infer(std::span<const Shape> inputs) const override {
    const std::string wanted =
        "x [N, C] or [N, C, H, W] (a series [N, C, L] can be reshaped to [N, C, L, 1]), and scale, shift, running mean "
        "and running variance [C]";
    check_count(inputs, 5, wanted);
    const Shape& x = inputs[0];
    if (!x.batched || (x.dims.size() != 1 && x.dims.size() != 3)) refuse_shapes(wanted, inputs);
    for (std::size_t i = 1; i < inputs.size(); ++i) {
      if (inputs[i] != Shape{{x.dims[0]}, false}) refuse_shapes(wanted, inputs);
    }
    if (!(norm_.epsilon > 0)) refuse_option("an epsilon above 0", std::to_string(norm_.epsilon), inputs);
    if (!(norm_.momentum >= 0 && norm_.momentum <= 1)) {
      refuse_option("a momentum in [0, 1]", std::to_string(norm_.momentum), inputs);
    }
    return x;
  }

  LayoutRule layout() const override { return LayoutRule::channels_last; }
  bool fuses_activation() const override { return true; }
  bool blocks_gradient(std::size_t input) const override { return input > 2; }
  std::unique_ptr<Kernel> kernel(const KernelSpec& spec) const override {
    return std::make_unique<BatchNormKernel>(spec, norm_);
  }

 private:
  op::BatchNorm norm_;
};

template std::unique_ptr<Rules> make_rules(const op::BatchNorm&);

}  // namespace hourglass::compute

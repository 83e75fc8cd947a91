// Group normalisation (Wu & He 2018) of samples [H * W, C], each on one thread.
#include <algorithm>
#include <cmath>

#include "compute/kernels/block_sums.hpp"
#include "compute/kernels/parallel.hpp"
#include "compute/ops/norm_loops.hpp"
#include "compute/ops/registration.hpp"

namespace hourglass::compute {
namespace {

class GroupNormKernel final : public Kernel {
 public:
  GroupNormKernel(const KernelSpec& spec, const op::GroupNorm& norm)
      : norm_(norm),
        batch_(spec.batch),
        channels_(spec.output.dims[0]),
        size_(spec.output.size()),
        together_(rows_together(size_ / channels_, channels_)),
        columns_(channels_ * together_),
        rows_(size_ / columns_),
        group_(channels_ / norm.groups),
        writes_(spec.gradients) {}

  // Saved: mean and deviation per group. Scratch: arrays of columns per sample; the gradients of its scale and shift.
  Workspace workspace() const override {
    return {.saved = 2 * batch_ * norm_.groups, .scratch = batch_ * (kArrays * columns_ + 2 * channels_)};
  }
  Reads backward_reads() const override { return {.inputs = {true, true, false}, .output = false}; }

  void bind(const Binding& binding) override {
    binding_ = binding;
    scales_ = binding.scratch + batch_ * kArrays * columns_;
    shifts_ = scales_ + batch_ * channels_;
  }

  void forward(const StepKey&) override {
    parallel_blocks(batch_, 1, [&](std::int64_t sample, std::int64_t) {
      const float* x = binding_.inputs[0] + sample * size_;
      float *sums = array(sample, 0), *mean = array(sample, 1), *factor = array(sample, 2), *shift = array(sample, 3);
      column_sums(x, rows_, columns_, sums);
      each_group([&](std::int64_t group) {
        saved_mean(sample, group) = static_cast<float>(group_sum(sums, group) / values());
        fill(mean, group, [&](std::int64_t) { return saved_mean(sample, group); });
      });
      column_squares(x, mean, rows_, columns_, sums);
      each_group([&](std::int64_t group) {
        const double deviation = std::sqrt(group_sum(sums, group) / values() + norm_.epsilon);
        saved_deviation(sample, group) = static_cast<float>(deviation);
        fill(factor, group, [&](std::int64_t c) { return binding_.inputs[1][c] / static_cast<float>(deviation); });
        fill(shift, group, [&](std::int64_t c) { return binding_.inputs[2][c]; });
      });
      normalise_columns(x, mean, factor, shift, binding_.output + sample * size_, rows_, columns_);
    });
  }

  void backward() override {
    if (std::all_of(writes_.begin(), writes_.end(), [](Write write) { return write == Write::none; })) return;
    parallel_blocks(batch_, 1, [&](std::int64_t sample, std::int64_t) { sample_backward(sample); });
    if (writes_[2] != Write::none) {
      sum_columns(shifts_, batch_, channels_, 1, binding_.input_gradients[2], writes_[2] == Write::add);
    }
    if (writes_[1] != Write::none) {
      sum_columns(scales_, batch_, channels_, 1, binding_.input_gradients[1], writes_[1] == Write::add);
    }
  }

 private:
  static constexpr std::int64_t kArrays = 6;

  float* array(std::int64_t sample, std::int64_t index) const {
    return binding_.scratch + (sample * kArrays + index) * columns_;
  }
  float& saved_mean(std::int64_t sample, std::int64_t group) const {
    return binding_.saved[2 * (sample * norm_.groups + group)];
  }
  float& saved_deviation(std::int64_t sample, std::int64_t group) const {
    return binding_.saved[2 * (sample * norm_.groups + group) + 1];
  }
  double values() const { return static_cast<double>(size_ / norm_.groups); }

  template <class Body>
  void each_group(const Body& body) const {
    for (std::int64_t group = 0; group < norm_.groups; ++group) body(group);
  }
  double group_sum(const float* columns, std::int64_t group) const {
    double sum = 0;
    for (std::int64_t c = group * group_; c < (group + 1) * group_; ++c) sum += channel_sum(columns, c);
    return sum;
  }
  double channel_sum(const float* columns, std::int64_t c) const {
    double sum = 0;
    for (; c < columns_; c += channels_) sum += static_cast<double>(columns[c]);
    return sum;
  }
  template <class Value>
  void fill(float* columns, std::int64_t group, const Value& value) const {
    for (std::int64_t c = group * group_; c < (group + 1) * group_; ++c) {
      for (std::int64_t column = c; column < columns_; column += channels_) columns[column] = value(c);
    }
  }

  void sample_backward(std::int64_t sample) const {
    const float *x = binding_.inputs[0] + sample * size_, *dy = binding_.output_gradient + sample * size_;
    const float* scale = binding_.inputs[1];
    float *sums = array(sample, 0), *mean = array(sample, 1), *factor = array(sample, 2), *shift = array(sample, 3);
    float *products = array(sample, 4), *slope = array(sample, 5);
    each_group([&](std::int64_t group) { fill(mean, group, [&](std::int64_t) { return saved_mean(sample, group); }); });
    column_gradients(x, mean, dy, rows_, columns_, sums, products);
    each_group([&](std::int64_t group) {
      const auto deviation = static_cast<double>(saved_deviation(sample, group));
      double sum = 0, product = 0;
      for (std::int64_t c = group * group_; c < (group + 1) * group_; ++c) {
        const double channel = channel_sum(sums, c), normal = channel_sum(products, c) / deviation;
        shifts_[sample * channels_ + c] = static_cast<float>(channel);
        scales_[sample * channels_ + c] = static_cast<float>(normal);
        sum += static_cast<double>(scale[c]) * channel;
        product += static_cast<double>(scale[c]) * normal;
      }
      fill(factor, group, [&](std::int64_t c) { return scale[c] / static_cast<float>(deviation); });
      fill(slope, group,
           [&](std::int64_t) { return static_cast<float>(-product / (deviation * deviation * values())); });
      fill(shift, group, [&](std::int64_t) { return static_cast<float>(-sum / (deviation * values())); });
    });
    if (writes_[0] == Write::none) return;
    normalise_columns_backward(x, mean, dy, factor, slope, shift, binding_.input_gradients[0] + sample * size_, rows_,
                               columns_, writes_[0] == Write::add);
  }

  op::GroupNorm norm_;
  std::int64_t batch_, channels_, size_, together_, columns_, rows_;
  std::int64_t group_;  // channels per group
  std::vector<Write> writes_;
  float *scales_ = nullptr, *shifts_ = nullptr;  // gradients by sample
};

}  // namespace

template <>
class RulesOf<op::GroupNorm> final : public Rules {
 public:
  explicit RulesOf(const op::GroupNorm& norm) : norm_(norm) {}

  std::string name() const override { return "group_norm"; }

  Shape infer(std::span<const Shape> inputs) const override {
    const std::string wanted =
        "x [N, C] or [N, C, H, W] (a series [N, C, L] can be reshaped to [N, C, L, 1]), and scale and shift [C]";
    check_count(inputs, 3, wanted);
    const Shape& x = inputs[0];
    if (!x.batched || (x.dims.size() != 1 && x.dims.size() != 3)) refuse_shapes(wanted, inputs);
    for (const std::size_t i : {1, 2}) {
      if (inputs[i] != Shape{{x.dims[0]}, false}) refuse_shapes(wanted, inputs);
    }
    if (norm_.groups < 1 || x.dims[0] % norm_.groups != 0) {
      refuse_option("a number of groups that divides the " + std::to_string(x.dims[0]) + " channels",
                    std::to_string(norm_.groups), inputs);
    }
    if (!(norm_.epsilon > 0)) refuse_option("an epsilon above 0", std::to_string(norm_.epsilon), inputs);
    return x;
  }

  LayoutRule layout() const override { return LayoutRule::channels_last; }
  std::unique_ptr<Kernel> kernel(const KernelSpec& spec) const override {
    return std::make_unique<GroupNormKernel>(spec, norm_);
  }

 private:
  op::GroupNorm norm_;
};

template std::unique_ptr<Rules> make_rules(const op::GroupNorm&);

}  // namespace hourglass::compute

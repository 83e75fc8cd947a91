// Dropout (Srivastava et al. 2014), inverted: in training, the elements that are kept are scaled up; otherwise nothing
// happens.
#include <algorithm>

#include "base/multiversion.hpp"
#include "base/random.hpp"
#include "compute/ops/elementwise.hpp"
#include "compute/ops/registration.hpp"

namespace hourglass::compute {
namespace {

// Draws a uniform number in [0, 1) for each element of `mask`, and calls body(mask + begin, begin, end) for each block.
template <class Body>
void draw_blocks(const StepKey& key, int node, std::int64_t count, float* mask, const Body& body) {
  parallel_blocks(count, kElementBlock, [&](std::int64_t begin, std::int64_t end) {
    // Each block has its own numbers, so that threads are independent: node and block form one key.
    const auto block = static_cast<std::uint64_t>(begin / kElementBlock);
    base::PhiloxRng rng(key.seed, base::Stream::dropout, key.step, (static_cast<std::uint64_t>(node) << 20) + block);
    rng.uniform({mask + begin, static_cast<std::size_t>(end - begin)});
    body(mask + begin, begin, end);
  });
}

// uniform [0, 1) -> 0 or `kept`, in place, and y = mask * x.
HOURGLASS_MULTIVERSION void drop(float* mask, float rate, float kept, const float* x, float* y, std::int64_t count) {
#pragma GCC ivdep
  for (std::int64_t i = 0; i < count; ++i) {
    const float factor = mask[i] < rate ? 0.0f : kept;
    mask[i] = factor;
    y[i] = factor * x[i];
  }
}

HOURGLASS_MULTIVERSION void multiply_by_mask(const float* mask, const float* dy, float* dx, std::int64_t count,
                                             bool add) {
  if (add) {
    for (std::int64_t i = 0; i < count; ++i) dx[i] += mask[i] * dy[i];
  } else {
    for (std::int64_t i = 0; i < count; ++i) dx[i] = mask[i] * dy[i];
  }
}

// uniform [0, 1) -> 0 or `kept`, in place.
HOURGLASS_MULTIVERSION void threshold(float* mask, float rate, float kept, std::int64_t count) {
#pragma GCC ivdep
  for (std::int64_t i = 0; i < count; ++i) mask[i] = mask[i] < rate ? 0.0f : kept;
}

// Multiplies each run of `run` elements by one factor.
HOURGLASS_MULTIVERSION void multiply_runs(const float* mask, std::int64_t run, const float* from, float* to,
                                          std::int64_t count, bool add) {
  for (std::int64_t first = 0; first < count; first += run, ++mask, from += run, to += run) {
    const float factor = *mask;
#pragma GCC ivdep
    for (std::int64_t i = 0; i < run; ++i) to[i] = factor * from[i] + (add ? to[i] : 0.0f);
  }
}

class DropoutKernel final : public Kernel {
 public:
  DropoutKernel(const KernelSpec& spec, double rate)
      : count_(spec.elements(spec.output)), node_(spec.node), rate_(rate), write_(spec.gradients[0]) {}

  Workspace workspace() const override { return {.saved = count_, .scratch = 0}; }
  Reads backward_reads() const override { return {.inputs = {false}, .output = false}; }

  void forward(const StepKey& key) override {
    draw_blocks(key, node_, count_, binding_.saved, [&](float* mask, std::int64_t begin, std::int64_t end) {
      drop(mask, rate(), kept(), binding_.inputs[0] + begin, binding_.output + begin, end - begin);
    });
  }

  void backward() override {
    if (write_ == Write::none) return;
    parallel_blocks(count_, kElementBlock, [&](std::int64_t begin, std::int64_t end) {
      multiply_by_mask(binding_.saved + begin, binding_.output_gradient + begin, binding_.input_gradients[0] + begin,
                       end - begin, write_ == Write::add);
    });
  }

 private:
  float rate() const { return static_cast<float>(rate_); }
  float kept() const { return static_cast<float>(1 / (1 - rate_)); }

  std::int64_t count_;
  int node_;
  double rate_;
  Write write_;
};

// One factor for each channel of each sample.
class ChannelDropoutKernel final : public Kernel {
 public:
  ChannelDropoutKernel(const KernelSpec& spec, double rate)
      : samples_(spec.output.batched ? spec.batch : 1),
        channels_(spec.output.dims[0]),
        size_(spec.output.size()),
        last_(spec.layout == Layout::channels_last && spec.output.dims.size() == 3),
        node_(spec.node),
        rate_(rate),
        write_(spec.gradients[0]) {}

  Workspace workspace() const override { return {.saved = samples_ * channels_, .scratch = 0}; }
  Reads backward_reads() const override { return {.inputs = {false}, .output = false}; }

  void forward(const StepKey& key) override {
    draw_blocks(key, node_, samples_ * channels_, binding_.saved,
                [&](float* mask, std::int64_t begin, std::int64_t end) {
                  threshold(mask, static_cast<float>(rate_), static_cast<float>(1 / (1 - rate_)), end - begin);
                });
    apply(binding_.inputs[0], binding_.output, false);
  }

  void backward() override {
    if (write_ != Write::none) apply(binding_.output_gradient, binding_.input_gradients[0], write_ == Write::add);
  }

 private:
  void apply(const float* from, float* to, bool add) const {
    parallel_blocks(
        samples_, std::max<std::int64_t>(1, kElementBlock / size_), [&](std::int64_t begin, std::int64_t end) {
          for (std::int64_t sample = begin; sample < end; ++sample) {
            apply_to_sample(binding_.saved + sample * channels_, from + sample * size_, to + sample * size_, add);
          }
        });
  }

  void apply_to_sample(const float* mask, const float* from, float* to, bool add) const {
    if (!last_) return multiply_runs(mask, size_ / channels_, from, to, size_, add);
    for (std::int64_t pixel = 0; pixel < size_; pixel += channels_) {
      multiply_by_mask(mask, from + pixel, to + pixel, channels_, add);
    }
  }

  std::int64_t samples_, channels_, size_;
  bool last_;  // channels are contiguous
  int node_;
  double rate_;
  Write write_;
};

}  // namespace

template <>
class RulesOf<op::Dropout> final : public Rules {
 public:
  explicit RulesOf(const op::Dropout& dropout) : rate_(dropout.rate), channels_(dropout.channels) {}

  std::string name() const override { return channels_ ? "spatial_dropout" : "dropout"; }
  Shape infer(std::span<const Shape> inputs) const override {
    const std::string wanted = channels_ ? "x [N, C, ...]" : "one tensor";
    check_count(inputs, 1, wanted);
    if (channels_ && (!inputs[0].batched || inputs[0].dims.empty())) refuse_shapes(wanted, inputs);
    if (!(rate_ >= 0 && rate_ < 1)) refuse_option("a rate in [0, 1)", std::to_string(rate_), inputs);
    return inputs[0];
  }
  bool aliases_input(bool training) const override { return !training || rate_ == 0; }
  LayoutRule layout() const override { return LayoutRule::any; }
  std::unique_ptr<Kernel> kernel(const KernelSpec& spec) const override {
    if (channels_) return std::make_unique<ChannelDropoutKernel>(spec, rate_);
    return std::make_unique<DropoutKernel>(spec, rate_);
  }

 private:
  double rate_;
  bool channels_;
};

template std::unique_ptr<Rules> make_rules(const op::Dropout&);

}  // namespace hourglass::compute

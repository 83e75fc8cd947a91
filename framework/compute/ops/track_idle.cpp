// Counts the samples since each unit of a code was last active, and marks those that are dead.
#include <algorithm>

#include "compute/ops/registration.hpp"

namespace hourglass::compute {
namespace {

/// Counts in floats are exact up to here.
constexpr std::int64_t kMostSamples = 1 << 24;

class TrackIdleKernel final : public Kernel {
 public:
  TrackIdleKernel(const KernelSpec& spec, const op::TrackIdle& track)
      : samples_(track.samples),
        batch_(spec.elements(spec.inputs[0]) / spec.inputs[1].size()),
        units_(spec.inputs[1].size()),
        training_(spec.training),
        listed_(spec.input_nonzeros[0] > 0) {}

  // Samples of the batch since each unit was last active, [K].
  Workspace workspace() const override { return {.saved = 0, .scratch = training_ ? units_ : 0}; }
  Reads backward_reads() const override { return {.inputs = {false, false}, .output = false}; }

  void forward(const StepKey&) override {
    // State, which this operation updates as batch_norm does.
    auto* idle = const_cast<float*>(binding_.inputs[1]);
    if (training_) {
      count_idle();
      const auto* since = reinterpret_cast<const std::int32_t*>(binding_.scratch);
      for (std::int64_t unit = 0; unit < units_; ++unit) {
        const std::int64_t before = since[unit] == batch_ ? static_cast<std::int64_t>(idle[unit]) : 0;
        idle[unit] = static_cast<float>(std::min(before + since[unit], samples_));
      }
    }
    for (std::int64_t unit = 0; unit < units_; ++unit) {
      binding_.output[unit] = static_cast<std::int64_t>(idle[unit]) >= samples_ ? 1 : 0;
    }
  }

  void backward() override {}

 private:
  void count_idle() {
    auto* since = reinterpret_cast<std::int32_t*>(binding_.scratch);
    std::fill_n(since, units_, static_cast<std::int32_t>(batch_));
    const float* code = binding_.inputs[0];
    for (std::int64_t row = 0; row < batch_; ++row) {
      const auto after = static_cast<std::int32_t>(batch_ - 1 - row);
      if (listed_) {
        const RowList& list = binding_.input_lists[0];
        for (std::int32_t i = list.begins[row]; i < list.begins[row + 1]; ++i) {
          if (code[row * units_ + list.columns[i]] != 0) since[list.columns[i]] = after;
        }
      } else {
        for (std::int64_t unit = 0; unit < units_; ++unit) {
          if (code[row * units_ + unit] != 0) since[unit] = after;
        }
      }
    }
  }

  std::int64_t samples_, batch_, units_;
  bool training_, listed_;
};

}  // namespace

template <>
class RulesOf<op::TrackIdle> final : public Rules {
 public:
  explicit RulesOf(const op::TrackIdle& track) : track_(track) {}

  std::string name() const override { return "track_idle"; }

  Shape infer(std::span<const Shape> inputs) const override {
    const std::string wanted = "a code [N, K] and idle [K]";
    check_count(inputs, 2, wanted);
    if (!inputs[0].batched || inputs[1] != Shape{inputs[0].dims, false}) refuse_shapes(wanted, inputs);
    if (track_.samples < 1 || track_.samples > kMostSamples) {
      refuse_option("from 1 to 2^24 samples", std::to_string(track_.samples), inputs);
    }
    return inputs[1];
  }

  bool blocks_gradient(std::size_t) const override { return true; }
  std::unique_ptr<Kernel> kernel(const KernelSpec& spec) const override {
    return std::make_unique<TrackIdleKernel>(spec, track_);
  }

 private:
  op::TrackIdle track_;
};

template std::unique_ptr<Rules> make_rules(const op::TrackIdle&);

}  // namespace hourglass::compute

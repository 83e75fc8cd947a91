// Moving averages of the vectors that each row of a codebook stands for, and new starts for rows without vectors.
#include <algorithm>
#include <cmath>

#include "base/random.hpp"
#include "compute/ops/registration.hpp"

namespace hourglass::compute {
namespace {

// On one thread: vectors are few compared with the numbers of a network.
class TrackCodebookKernel final : public Kernel {
 public:
  TrackCodebookKernel(const KernelSpec& spec, const op::TrackCodebook& track)
      : track_(track),
        training_(spec.training),
        node_(spec.node),
        vectors_(spec.elements(spec.inputs[1])),
        rows_(spec.inputs[2].dims[0]),
        width_(spec.inputs[2].dims[1]) {}

  // The batch's counts [E] and sums [E, D].
  Workspace workspace() const override { return {.saved = 0, .scratch = training_ ? rows_ * (width_ + 1) : 0}; }
  Reads backward_reads() const override { return {.inputs = std::vector<bool>(5, false), .output = false}; }

  void forward(const StepKey& key) override {
    std::fill_n(binding_.output, rows_, 0.0f);
    if (!training_) return;
    // The plan passes inputs as const, but these are state that this operation updates, as batch_norm does.
    auto* codebook = const_cast<float*>(binding_.inputs[2]);
    auto* uses = const_cast<float*>(binding_.inputs[3]);
    auto* sums = const_cast<float*>(binding_.inputs[4]);
    count_batch();
    const float* counts = binding_.scratch;
    const float* batch_sums = counts + rows_;
    double total = 0;
    for (std::int64_t e = 0; e < rows_; ++e) {
      move_on(uses[e], counts[e]);
      for (std::int64_t d = 0; d < width_; ++d) move_on(sums[e * width_ + d], batch_sums[e * width_ + d]);
      total += static_cast<double>(uses[e]);
    }
    for (std::int64_t e = 0; e < rows_; ++e) {
      if (static_cast<double>(uses[e]) < track_.restart_below) {
        restart(key, e, codebook, uses, sums);
      } else if (track_.learns) {
        learn(e, total, uses[e], sums, codebook);
      }
    }
  }

  void backward() override {}

 private:
  void move_on(float& running, float measured) const {
    running = static_cast<float>(track_.decay * static_cast<double>(running) +
                                 (1 - track_.decay) * static_cast<double>(measured));
  }

  void count_batch() {
    float *counts = binding_.scratch, *sums = counts + rows_;
    std::fill_n(counts, rows_ * (width_ + 1), 0.0f);
    for (std::int64_t i = 0; i < vectors_; ++i) {
      const float number = binding_.inputs[1][i];
      if (!(number >= 0 && number < static_cast<float>(rows_))) continue;  // of a vector with a NaN
      const auto row = static_cast<std::int64_t>(number);
      counts[row] += 1;
      for (std::int64_t d = 0; d < width_; ++d) sums[row * width_ + d] += binding_.inputs[0][i * width_ + d];
    }
  }

  // Smooths the uses, so that a row without vectors stays finite (Razavi et al. 2019).
  void learn(std::int64_t row, double total, float uses, const float* sums, float* codebook) const {
    const double smoothed =
        (static_cast<double>(uses) + track_.epsilon) / (total + static_cast<double>(rows_) * track_.epsilon) * total;
    for (std::int64_t d = row * width_; d < (row + 1) * width_; ++d) {
      codebook[d] = static_cast<float>(static_cast<double>(sums[d]) / smoothed);
    }
  }

  void restart(const StepKey& key, std::int64_t row, float* codebook, float* uses, float* sums) {
    base::PhiloxRng rng(key.seed, base::Stream::code, key.step,
                        (static_cast<std::uint64_t>(node_) << 20) + static_cast<std::uint64_t>(row));
    const float* vector = binding_.inputs[0] + rng.below(vectors_) * width_;
    uses[row] = std::max(1.0f, static_cast<float>(track_.restart_below));
    for (std::int64_t d = 0; d < width_; ++d) {
      codebook[row * width_ + d] = vector[d];
      sums[row * width_ + d] = uses[row] * vector[d];
    }
    binding_.output[row] = 1;
  }

  op::TrackCodebook track_;
  bool training_;
  int node_;
  std::int64_t vectors_, rows_, width_;
};

}  // namespace

template <>
class RulesOf<op::TrackCodebook> final : public Rules {
 public:
  explicit RulesOf(const op::TrackCodebook& track) : track_(track) {}

  std::string name() const override { return "track_codebook"; }

  Shape infer(std::span<const Shape> inputs) const override {
    const std::string wanted = "x [N, ..., D], indices [N, ...], a codebook [E, D], uses [E] and sums [E, D]";
    check_count(inputs, 5, wanted);
    const Shape &x = inputs[0], &codebook = inputs[2];
    if (!x.batched || x.dims.empty() || codebook.batched || codebook.dims.size() != 2) refuse_shapes(wanted, inputs);
    const bool fits = x.dims.back() == codebook.dims[1] &&
                      inputs[1] == Shape{{x.dims.begin(), x.dims.end() - 1}, true} &&
                      inputs[3] == Shape{{codebook.dims[0]}, false} && inputs[4] == codebook;
    if (!fits) refuse_shapes(wanted, inputs);
    if (!(track_.decay >= 0 && track_.decay < 1)) {
      refuse_option("a decay in [0, 1)", std::to_string(track_.decay), inputs);
    }
    if (!(track_.epsilon > 0)) refuse_option("an epsilon above 0", std::to_string(track_.epsilon), inputs);
    return inputs[3];
  }

  bool blocks_gradient(std::size_t) const override { return true; }
  std::unique_ptr<Kernel> kernel(const KernelSpec& spec) const override {
    return std::make_unique<TrackCodebookKernel>(spec, track_);
  }

 private:
  op::TrackCodebook track_;
};

template std::unique_ptr<Rules> make_rules(const op::TrackCodebook&);

}  // namespace hourglass::compute

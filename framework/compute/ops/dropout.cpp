// Dropout (Srivastava et al. 2014), inverted: what stays is scaled up in training, and nothing happens outside it.
#include "compute/multiversion.hpp"
#include "compute/ops/elementwise.hpp"
#include "compute/ops/registration.hpp"
#include "host/random.hpp"

namespace hourglass::compute {
namespace {

// uniform [0, 1) -> 0 or `kept`, in place, and y = mask * x.
HOURGLASS_MULTIVERSION void drop(float* mask, float rate, float kept, const float* x, float* y, std::int64_t count) {
#pragma GCC ivdep
  for (std::int64_t i = 0; i < count; ++i) {
    const float factor = mask[i] < rate ? 0.0f : kept;
    mask[i] = factor;
    y[i] = factor * x[i];
  }
}

HOURGLASS_MULTIVERSION void multiply(const float* mask, const float* dy, float* dx, std::int64_t count, bool add) {
  if (add) {
    for (std::int64_t i = 0; i < count; ++i) dx[i] += mask[i] * dy[i];
  } else {
    for (std::int64_t i = 0; i < count; ++i) dx[i] = mask[i] * dy[i];
  }
}

class DropoutKernel final : public Kernel {
 public:
  DropoutKernel(const KernelSpec& spec, double rate)
      : count_(spec.elements(spec.output)), node_(spec.node), rate_(rate), write_(spec.gradients[0]) {}

  Workspace workspace() const override { return {.saved = count_, .scratch = 0}; }
  Reads backward_reads() const override { return {.inputs = {false}, .output = false}; }

  void forward(const StepKey& key) override {
    const auto rate = static_cast<float>(rate_), kept = static_cast<float>(1 / (1 - rate_));
    parallel_blocks(count_, kElementBlock, [&](std::int64_t begin, std::int64_t end) {
      // Each block has numbers of its own, so that threads need not know of each other: node and block in one key.
      const auto block = static_cast<std::uint64_t>(begin / kElementBlock);
      host::PhiloxRng rng(key.seed, host::Stream::dropout, key.step, (static_cast<std::uint64_t>(node_) << 20) + block);
      float* mask = binding_.saved + begin;
      rng.uniform({mask, static_cast<std::size_t>(end - begin)});
      drop(mask, rate, kept, binding_.inputs[0] + begin, binding_.output + begin, end - begin);
    });
  }

  void backward() override {
    if (write_ == Write::none) return;
    parallel_blocks(count_, kElementBlock, [&](std::int64_t begin, std::int64_t end) {
      multiply(binding_.saved + begin, binding_.output_gradient + begin, binding_.input_gradients[0] + begin,
               end - begin, write_ == Write::add);
    });
  }

 private:
  std::int64_t count_;
  int node_;
  double rate_;
  Write write_;
};

}  // namespace

template <>
class RulesOf<op::Dropout> final : public Rules {
 public:
  explicit RulesOf(const op::Dropout& dropout) : rate_(dropout.rate) {}

  std::string name() const override { return "dropout"; }
  Shape infer(std::span<const Shape> inputs) const override {
    check_count(inputs, 1, "one tensor");
    if (!(rate_ >= 0 && rate_ < 1)) refuse_shapes("a rate in [0, 1), not " + std::to_string(rate_), inputs);
    return inputs[0];
  }
  bool aliases_input(bool training) const override { return !training || rate_ == 0; }
  LayoutRule layout() const override { return LayoutRule::any; }
  std::unique_ptr<Kernel> kernel(const KernelSpec& spec) const override {
    return std::make_unique<DropoutKernel>(spec, rate_);
  }

 private:
  double rate_;
};

template std::unique_ptr<Rules> make_rules(const op::Dropout&);

}  // namespace hourglass::compute

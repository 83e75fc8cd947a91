// Draws from a normal distribution whose mean and variance receive gradients (Kingma & Welling 2014).
#include "base/random.hpp"
#include "compute/kernels/math.hpp"
#include "compute/ops/copy.hpp"
#include "compute/ops/elementwise.hpp"
#include "compute/ops/registration.hpp"

namespace hourglass::compute {
namespace {

// Computes y = mean + deviation * noise, and replaces the noise by half of the last term, the derivative with respect
// to the log variance.
HOURGLASS_MULTIVERSION void sample(const float* mean, const float* log_variance, float* noise, float* y,
                                   std::int64_t count) {
#pragma GCC ivdep
  for (std::int64_t i = 0; i < count; ++i) {
    const float half = 0.5f * noise[i] * math::exp(0.5f * log_variance[i]);
    noise[i] = half;
    y[i] = mean[i] + 2.0f * half;
  }
}

HOURGLASS_MULTIVERSION void scale_gradient(const float* slope, const float* dy, float* dx, std::int64_t count,
                                           bool add) {
  if (add) {
#pragma GCC ivdep
    for (std::int64_t i = 0; i < count; ++i) dx[i] += slope[i] * dy[i];
  } else {
#pragma GCC ivdep
    for (std::int64_t i = 0; i < count; ++i) dx[i] = slope[i] * dy[i];
  }
}

class SampleGaussianKernel final : public Kernel {
 public:
  explicit SampleGaussianKernel(const KernelSpec& spec)
      : count_(spec.elements(spec.output)), node_(spec.node), mean_(spec.gradients[0]), variance_(spec.gradients[1]) {}

  Workspace workspace() const override { return {.saved = count_, .scratch = 0}; }
  Reads backward_reads() const override { return {.inputs = {false, false}, .output = false}; }

  void forward(const StepKey& key) override {
    parallel_blocks(count_, kElementBlock, [&](std::int64_t begin, std::int64_t end) {
      // Each block has its own numbers, as in dropout.
      const auto block = static_cast<std::uint64_t>(begin / kElementBlock);
      base::PhiloxRng rng(key.seed, base::Stream::code, key.step, (static_cast<std::uint64_t>(node_) << 20) + block);
      float* noise = binding_.saved + begin;
      rng.normal({noise, static_cast<std::size_t>(end - begin)});
      sample(binding_.inputs[0] + begin, binding_.inputs[1] + begin, noise, binding_.output + begin, end - begin);
    });
  }

  void backward() override {
    if (variance_ != Write::none) {
      parallel_blocks(count_, kElementBlock, [&](std::int64_t begin, std::int64_t end) {
        scale_gradient(binding_.saved + begin, binding_.output_gradient + begin, binding_.input_gradients[1] + begin,
                       end - begin, variance_ == Write::add);
      });
    }
    if (mean_ == Write::none) return;
    copy(binding_.output_gradient, binding_.input_gradients[0], count_, mean_ == Write::add);
  }

 private:
  std::int64_t count_;
  int node_;
  Write mean_, variance_;
};

}  // namespace

template <>
class RulesOf<op::SampleGaussian> final : public Rules {
 public:
  explicit RulesOf(const op::SampleGaussian&) {}

  std::string name() const override { return "sample_gaussian"; }
  Shape infer(std::span<const Shape> inputs) const override {
    const std::string wanted = "a mean and a log variance of one shape";
    check_count(inputs, 2, wanted);
    if (inputs[0] != inputs[1]) refuse_shapes(wanted, inputs);
    return inputs[0];
  }
  LayoutRule layout() const override { return LayoutRule::any; }
  bool aliases_input(bool training) const override { return !training; }
  std::unique_ptr<Kernel> kernel(const KernelSpec& spec) const override {
    return std::make_unique<SampleGaussianKernel>(spec);
  }
};

template std::unique_ptr<Rules> make_rules(const op::SampleGaussian&);

}  // namespace hourglass::compute

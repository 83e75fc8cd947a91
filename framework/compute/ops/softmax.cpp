// Softmax over the last dimension.
#include <algorithm>

#include "compute/kernels/math.hpp"
#include "compute/ops/elementwise.hpp"
#include "compute/ops/registration.hpp"

namespace hourglass::compute {
namespace {

constexpr std::int64_t kSums = 16;

// The sum of f(i) over [0, count).
template <class F>
HOURGLASS_INLINE float sum_row(std::int64_t count, const F& f) {
  float sums[kSums] = {};
  std::int64_t i = 0;
  for (; i + kSums <= count; i += kSums) {
    for (std::int64_t j = 0; j < kSums; ++j) sums[j] += f(i + j);
  }
  for (std::int64_t j = 0; i < count; ++i, ++j) sums[j] += f(i);
  float total = 0;
  for (const float sum : sums) total += sum;
  return total;
}

HOURGLASS_MULTIVERSION void softmax_rows(const float* x, float* y, std::int64_t rows, std::int64_t width) {
  for (std::int64_t row = 0; row < rows; ++row, x += width, y += width) {
    float largest = x[0];
    for (std::int64_t i = 1; i < width; ++i) largest = x[i] > largest ? x[i] : largest;
      // A NaN reaches the sum even if it is not the maximum.
#pragma GCC ivdep
    for (std::int64_t i = 0; i < width; ++i) y[i] = math::exp(x[i] - largest);
    const float* weights = y;
    const float scale = 1.0f / sum_row(width, [=](std::int64_t i) HOURGLASS_INLINE_LAMBDA { return weights[i]; });
#pragma GCC ivdep
    for (std::int64_t i = 0; i < width; ++i) y[i] *= scale;
  }
}

HOURGLASS_MULTIVERSION void softmax_rows_backward(const float* y, const float* dy, float* dx, std::int64_t rows,
                                                  std::int64_t width, bool add) {
  for (std::int64_t row = 0; row < rows; ++row, y += width, dy += width, dx += width) {
    const float *value = y, *slope = dy;
    const float mean = sum_row(width, [=](std::int64_t i) HOURGLASS_INLINE_LAMBDA { return value[i] * slope[i]; });
    if (add) {
#pragma GCC ivdep
      for (std::int64_t i = 0; i < width; ++i) dx[i] += y[i] * (dy[i] - mean);
    } else {
#pragma GCC ivdep
      for (std::int64_t i = 0; i < width; ++i) dx[i] = y[i] * (dy[i] - mean);
    }
  }
}

class SoftmaxKernel final : public Kernel {
 public:
  explicit SoftmaxKernel(const KernelSpec& spec)
      : width_(spec.output.dims.back()), rows_(spec.elements(spec.output) / width_), write_(spec.gradients[0]) {}

  Reads backward_reads() const override { return {.inputs = {false}, .output = true}; }

  void forward(const StepKey&) override {
    each_block([&](std::int64_t offset, std::int64_t rows) {
      softmax_rows(binding_.inputs[0] + offset, binding_.output + offset, rows, width_);
    });
  }

  void backward() override {
    if (write_ == Write::none) return;
    each_block([&](std::int64_t offset, std::int64_t rows) {
      softmax_rows_backward(binding_.output + offset, binding_.output_gradient + offset,
                            binding_.input_gradients[0] + offset, rows, width_, write_ == Write::add);
    });
  }

 private:
  template <class Body>
  void each_block(const Body& body) const {
    parallel_blocks(rows_, std::max<std::int64_t>(1, kElementBlock / width_),
                    [&](std::int64_t begin, std::int64_t end) { body(begin * width_, end - begin); });
  }

  std::int64_t width_, rows_;
  Write write_;
};

}  // namespace

template <>
class RulesOf<op::Softmax> final : public Rules {
 public:
  explicit RulesOf(const op::Softmax&) {}

  std::string name() const override { return "softmax"; }
  Shape infer(std::span<const Shape> inputs) const override {
    const std::string wanted = "one tensor with a dimension besides the batch";
    check_count(inputs, 1, wanted);
    if (inputs[0].dims.empty()) refuse_shapes(wanted, inputs);
    return inputs[0];
  }
  std::unique_ptr<Kernel> kernel(const KernelSpec& spec) const override {
    return std::make_unique<SoftmaxKernel>(spec);
  }
};

template std::unique_ptr<Rules> make_rules(const op::Softmax&);

}  // namespace hourglass::compute

// Layer normalisation (Ba et al. 2016): over all elements of a sample.
#include <algorithm>
#include <cmath>

#include "base/multiversion.hpp"
#include "compute/kernels/activation.hpp"
#include "compute/ops/elementwise.hpp"
#include "compute/ops/registration.hpp"

namespace hourglass::compute {
namespace {

// Returns the sum of f(i) over [0, count), in single precision within pieces and in double precision over them.
template <class F>
HOURGLASS_INLINE double row_sum(std::int64_t count, const F& f) {
  constexpr std::int64_t kSums = 16, kPiece = 4096;
  double total = 0;
  for (std::int64_t begin = 0; begin < count; begin += kPiece) {
    const std::int64_t end = std::min(count, begin + kPiece);
    float sums[kSums] = {};
    std::int64_t i = begin;
    for (; i + kSums <= end; i += kSums) {
      for (std::int64_t j = 0; j < kSums; ++j) sums[j] += f(i + j);
    }
    for (std::int64_t j = 0; i < end; ++i, ++j) sums[j] += f(i);
    for (const float sum : sums) total += static_cast<double>(sum);
  }
  return total;
}

HOURGLASS_MULTIVERSION double sum_of_values(const float* x, std::int64_t count) {
  return row_sum(count, [=](std::int64_t i) HOURGLASS_INLINE_LAMBDA { return x[i]; });
}

HOURGLASS_MULTIVERSION double sum_around(const float* x, float mean, std::int64_t count) {
  return row_sum(count, [=](std::int64_t i) HOURGLASS_INLINE_LAMBDA { return (x[i] - mean) * (x[i] - mean); });
}

HOURGLASS_MULTIVERSION double sum_of_gradients(const float* dy, const float* scale, std::int64_t count) {
  return row_sum(count, [=](std::int64_t i) HOURGLASS_INLINE_LAMBDA { return dy[i] * scale[i]; });
}

HOURGLASS_MULTIVERSION double sum_of_products(const float* dy, const float* scale, const float* x, float mean,
                                              std::int64_t count) {
  return row_sum(count, [=](std::int64_t i) HOURGLASS_INLINE_LAMBDA { return dy[i] * scale[i] * (x[i] - mean); });
}

HOURGLASS_MULTIVERSION void normalise_row(const float* x, float mean, float factor, const float* scale,
                                          const float* shift, float* y, std::int64_t count) {
#pragma GCC ivdep
  for (std::int64_t i = 0; i < count; ++i) y[i] = (x[i] - mean) * factor * scale[i] + shift[i];
}

HOURGLASS_MULTIVERSION void normalise_backward(const float* dy, const float* scale, const float* x, float mean,
                                               float factor, float slope, float shift, float* dx, std::int64_t count,
                                               bool add) {
  if (add) {
#pragma GCC ivdep
    for (std::int64_t i = 0; i < count; ++i) dx[i] += factor * dy[i] * scale[i] + slope * (x[i] - mean) + shift;
  } else {
#pragma GCC ivdep
    for (std::int64_t i = 0; i < count; ++i) dx[i] = factor * dy[i] * scale[i] + slope * (x[i] - mean) + shift;
  }
}

// Sums dy and dy * (x - mean) / deviation over the batch, for at most kColumnBlock elements of a sample.
HOURGLASS_MULTIVERSION void sum_samples(const float* x, const float* dy, const float* moments, std::int64_t batch,
                                        std::int64_t size, std::int64_t columns, float* sums, float* products) {
  float sum[kColumnBlock] = {}, product[kColumnBlock] = {};
  for (std::int64_t sample = 0; sample < batch; ++sample, x += size, dy += size, moments += 2) {
    const float mean = moments[0], factor = 1.0f / moments[1];
    for (std::int64_t j = 0; j < columns; ++j) {
      sum[j] += dy[j];
      product[j] += dy[j] * (x[j] - mean) * factor;
    }
  }
  std::copy_n(sum, columns, sums);
  std::copy_n(product, columns, products);
}

class LayerNormKernel final : public Kernel {
 public:
  LayerNormKernel(const KernelSpec& spec, double epsilon)
      : epsilon_(epsilon), batch_(spec.batch), size_(spec.output.size()), writes_(spec.gradients) {}

  // Saved: mean and deviation per sample.
  Workspace workspace() const override { return {.saved = 2 * batch_, .scratch = 0}; }
  Reads backward_reads() const override { return {.inputs = {true, true, false}, .output = false}; }

  void forward(const StepKey&) override {
    each_sample([&](std::int64_t sample) {
      const float* x = binding_.inputs[0] + sample * size_;
      float* moments = binding_.saved + 2 * sample;
      const auto count = static_cast<double>(size_);
      moments[0] = static_cast<float>(sum_of_values(x, size_) / count);
      moments[1] = static_cast<float>(std::sqrt(sum_around(x, moments[0], size_) / count + epsilon_));
      normalise_row(x, moments[0], 1.0f / moments[1], binding_.inputs[1], binding_.inputs[2],
                    binding_.output + sample * size_, size_);
    });
  }

  void backward() override {
    deliver_parameters();
    if (writes_[0] == Write::none) return;
    each_sample([&](std::int64_t sample) {
      const float *x = binding_.inputs[0] + sample * size_, *dy = binding_.output_gradient + sample * size_;
      const float* scale = binding_.inputs[1];
      const float mean = binding_.saved[2 * sample];
      const auto deviation = static_cast<double>(binding_.saved[2 * sample + 1]);
      const auto count = static_cast<double>(size_);
      const double sum = sum_of_gradients(dy, scale, size_), product = sum_of_products(dy, scale, x, mean, size_);
      normalise_backward(dy, scale, x, mean, static_cast<float>(1 / deviation),
                         static_cast<float>(-product / (deviation * deviation * deviation * count)),
                         static_cast<float>(-sum / (deviation * count)), binding_.input_gradients[0] + sample * size_,
                         size_, writes_[0] == Write::add);
    });
  }

 private:
  template <class Body>
  void each_sample(const Body& body) const {
    parallel_blocks(batch_, std::max<std::int64_t>(1, kElementBlock / size_),
                    [&](std::int64_t begin, std::int64_t end) {
                      for (std::int64_t sample = begin; sample < end; ++sample) body(sample);
                    });
  }

  void deliver_parameters() const {
    if (writes_[1] == Write::none && writes_[2] == Write::none) return;
    parallel_blocks(size_, kColumnBlock, [&](std::int64_t begin, std::int64_t end) {
      float sums[kColumnBlock], products[kColumnBlock];
      sum_samples(binding_.inputs[0] + begin, binding_.output_gradient + begin, binding_.saved, batch_, size_,
                  end - begin, sums, products);
      deliver(2, begin, end, sums);
      deliver(1, begin, end, products);
    });
  }

  void deliver(std::size_t input, std::int64_t begin, std::int64_t end, const float* gradient) const {
    if (writes_[input] == Write::none) return;
    float* to = binding_.input_gradients[input] + begin;
    for (std::int64_t j = 0; j < end - begin; ++j) to[j] = gradient[j] + (writes_[input] == Write::add ? to[j] : 0.0f);
  }

  double epsilon_;
  std::int64_t batch_, size_;
  std::vector<Write> writes_;
};

}  // namespace

template <>
class RulesOf<op::LayerNorm> final : public Rules {
 public:
  explicit RulesOf(const op::LayerNorm& norm) : epsilon_(norm.epsilon) {}

  std::string name() const override { return "layer_norm"; }

  Shape infer(std::span<const Shape> inputs) const override {
    const std::string wanted = "x [N, ...], and scale and shift of x's dimensions without the batch";
    check_count(inputs, 3, wanted);
    const Shape parameter{inputs[0].dims, false};
    if (!inputs[0].batched || inputs[1] != parameter || inputs[2] != parameter) refuse_shapes(wanted, inputs);
    if (!(epsilon_ > 0)) refuse_option("an epsilon above 0", std::to_string(epsilon_), inputs);
    return inputs[0];
  }

  LayoutRule layout() const override { return LayoutRule::any; }
  std::unique_ptr<Kernel> kernel(const KernelSpec& spec) const override {
    return std::make_unique<LayerNormKernel>(spec, epsilon_);
  }

 private:
  double epsilon_;
};

template std::unique_ptr<Rules> make_rules(const op::LayerNorm&);

}  // namespace hourglass::compute

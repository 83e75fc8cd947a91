// Selects rows of a table by their indices.
#include <algorithm>
#include <limits>

#include "base/multiversion.hpp"
#include "compute/ops/elementwise.hpp"
#include "compute/ops/registration.hpp"

namespace hourglass::compute {
namespace {

HOURGLASS_MULTIVERSION void add_gathered(const float* from, float* to, std::int64_t width) {
#pragma GCC ivdep
  for (std::int64_t i = 0; i < width; ++i) to[i] += from[i];
}

// In the backward pass the samples are sorted by row, so that each row's gradient is summed by one thread, sample by
// sample.
class GatherKernel final : public Kernel {
 public:
  explicit GatherKernel(const KernelSpec& spec)
      : rows_(spec.inputs[0].dims[0]),
        width_(spec.inputs[0].dims[1]),
        count_(spec.elements(spec.inputs[1])),
        write_(spec.gradients[0]) {}

  // 32-bit integers: the start of each row's samples, and the samples sorted by row.
  Workspace workspace() const override {
    return {.saved = 0, .scratch = write_ == Write::none ? 0 : rows_ + 1 + count_};
  }
  Reads backward_reads() const override { return {.inputs = {false, true}, .output = false}; }

  void forward(const StepKey&) override {
    parallel_blocks(count_, block(), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const std::int64_t row = row_of(i);
        float* to = binding_.output + i * width_;
        if (row < 0) {
          std::fill(to, to + width_, std::numeric_limits<float>::quiet_NaN());
        } else {
          std::copy_n(binding_.inputs[0] + row * width_, width_, to);
        }
      }
    });
  }

  void backward() override {
    if (write_ == Write::none) return;
    auto* ends = reinterpret_cast<std::int32_t*>(binding_.scratch);
    std::int32_t* samples = ends + rows_ + 1;
    sort(ends, samples);
    parallel_blocks(rows_, block(), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; ++row) {
        float* to = binding_.input_gradients[0] + row * width_;
        if (write_ == Write::overwrite) std::fill(to, to + width_, 0.0f);
        for (std::int32_t i = ends[row]; i < ends[row + 1]; ++i) {
          add_gathered(binding_.output_gradient + samples[i] * width_, to, width_);
        }
      }
    });
  }

 private:
  std::int64_t block() const { return std::max<std::int64_t>(1, kElementBlock / width_); }

  // Returns the row of sample i; -1 if its index is not a row's, such as a NaN.
  std::int64_t row_of(std::int64_t i) const {
    const float number = binding_.inputs[1][i];
    return number >= 0 && number < static_cast<float>(rows_) ? static_cast<std::int64_t>(number) : -1;
  }

  // A counting sort: row r's samples are samples[begins[r]] to samples[begins[r + 1] - 1], ascending.
  void sort(std::int32_t* begins, std::int32_t* samples) const {
    std::fill(begins, begins + rows_ + 1, 0);
    for (std::int64_t i = 0; i < count_; ++i) {
      if (row_of(i) >= 0) ++begins[row_of(i)];
    }
    std::int32_t total = 0;
    for (std::int64_t row = 0; row <= rows_; ++row) begins[row] = total += begins[row];
    for (std::int64_t i = count_; i-- > 0;) {
      if (row_of(i) >= 0) samples[--begins[row_of(i)]] = static_cast<std::int32_t>(i);
    }
  }

  std::int64_t rows_, width_, count_;
  Write write_;
};

}  // namespace

template <>
class RulesOf<op::Gather> final : public Rules {
 public:
  explicit RulesOf(const op::Gather&) {}

  std::string name() const override { return "gather"; }

  Shape infer(std::span<const Shape> inputs) const override {
    const std::string wanted = "a table [E, D] and row numbers [N, ...]";
    check_count(inputs, 2, wanted);
    if (inputs[0].batched || inputs[0].dims.size() != 2) refuse_shapes(wanted, inputs);
    Shape shape = inputs[1];
    shape.dims.push_back(inputs[0].dims[1]);
    return shape;
  }

  bool blocks_gradient(std::size_t input) const override { return input == 1; }
  std::unique_ptr<Kernel> kernel(const KernelSpec& spec) const override { return std::make_unique<GatherKernel>(spec); }
};

template std::unique_ptr<Rules> make_rules(const op::Gather&);

}  // namespace hourglass::compute

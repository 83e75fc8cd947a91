// Dimensions in another order.
#include <algorithm>

#include "base/multiversion.hpp"
#include "compute/ops/elementwise.hpp"
#include "compute/ops/registration.hpp"
#include "compute/ops/strides.hpp"

namespace hourglass::compute {
namespace {

// Rows that are contiguous on one side and `row` apart, with elements `column` apart, on the other.
struct Rows {
  std::int64_t count = 1, width = 1;
  std::int64_t row = 0, column = 0;
};

HOURGLASS_MULTIVERSION void gather_rows(const Rows& rows, const float* from, float* to) {
  for (std::int64_t r = 0; r < rows.count; ++r, from += rows.row, to += rows.width) {
    if (rows.column == 1) {
#pragma GCC ivdep
      for (std::int64_t i = 0; i < rows.width; ++i) to[i] = from[i];
    } else {
#pragma GCC ivdep
      for (std::int64_t i = 0; i < rows.width; ++i) to[i] = from[i * rows.column];
    }
  }
}

HOURGLASS_MULTIVERSION void scatter_rows(const Rows& rows, const float* from, float* to, bool add) {
  for (std::int64_t r = 0; r < rows.count; ++r, from += rows.width, to += rows.row) {
#pragma GCC ivdep
    for (std::int64_t i = 0; i < rows.width; ++i) {
      float& at = to[i * rows.column];
      at = from[i] + (add ? at : 0.0f);
    }
  }
}

class TransposeKernel final : public Kernel {
 public:
  TransposeKernel(const KernelSpec& spec, const std::vector<int>& order)
      : samples_(spec.output.batched ? spec.batch : 1), size_(spec.output.size()), write_(spec.gradients[0]) {
    const auto strides = strides_of(spec.inputs[0], Layout::row_major);
    for (const int axis : order) {
      sizes_.push_back(spec.inputs[0].dims[static_cast<std::size_t>(axis)]);
      strides_.push_back(strides[static_cast<std::size_t>(axis)]);
    }
    const auto take_last = [&](std::int64_t& size, std::int64_t& stride) {
      if (sizes_.empty()) return;
      size = sizes_.back();
      stride = strides_.back();
      sizes_.pop_back();
      strides_.pop_back();
    };
    take_last(rows_.width, rows_.column);
    take_last(rows_.count, rows_.row);
    tiles_ = size_ / (rows_.width * rows_.count);
  }

  Reads backward_reads() const override { return {.inputs = {false}, .output = false}; }

  void forward(const StepKey&) override {
    each_tile([&](std::int64_t input, std::int64_t output) {
      gather_rows(rows_, binding_.inputs[0] + input, binding_.output + output);
    });
  }

  void backward() override {
    if (write_ == Write::none) return;
    each_tile([&](std::int64_t input, std::int64_t output) {
      scatter_rows(rows_, binding_.output_gradient + output, binding_.input_gradients[0] + input, write_ == Write::add);
    });
  }

 private:
  // Calls body(offset in the input, offset in the output).
  template <class Body>
  void each_tile(const Body& body) const {
    const std::int64_t tile_size = rows_.width * rows_.count;
    parallel_blocks(samples_ * tiles_, std::max<std::int64_t>(1, kElementBlock / tile_size),
                    [&](std::int64_t begin, std::int64_t end) {
                      for (std::int64_t tile = begin; tile < end; ++tile) {
                        std::int64_t input = tile / tiles_ * size_, left = tile % tiles_;
                        for (std::size_t i = sizes_.size(); i-- > 0; left /= sizes_[i]) {
                          input += left % sizes_[i] * strides_[i];
                        }
                        body(input, tile * tile_size);
                      }
                    });
  }

  std::int64_t samples_, size_;
  Write write_;
  std::vector<std::int64_t> sizes_,
      strides_;  // sizes of the output's dimensions except the last two, and their strides in the input
  Rows rows_;
  std::int64_t tiles_;
};

}  // namespace

template <>
class RulesOf<op::Transpose> final : public Rules {
 public:
  explicit RulesOf(const op::Transpose& transpose) : order_(transpose.order) {}

  std::string name() const override { return "transpose"; }

  Shape infer(std::span<const Shape> inputs) const override {
    check_count(inputs, 1, "one tensor");
    auto sorted = order_;
    std::sort(sorted.begin(), sorted.end());
    bool permutation = order_.size() == inputs[0].dims.size();
    for (std::size_t i = 0; i < sorted.size(); ++i) permutation = permutation && sorted[i] == static_cast<int>(i);
    if (!permutation) {
      refuse_shapes("an order that names each of the " + std::to_string(inputs[0].dims.size()) +
                        " dimensions besides the batch once, counted from 0",
                    inputs);
    }
    Shape shape{{}, inputs[0].batched};
    for (const int axis : order_) shape.dims.push_back(inputs[0].dims[static_cast<std::size_t>(axis)]);
    return shape;
  }

  std::unique_ptr<Kernel> kernel(const KernelSpec& spec) const override {
    return std::make_unique<TransposeKernel>(spec, order_);
  }

 private:
  std::vector<int> order_;
};

template std::unique_ptr<Rules> make_rules(const op::Transpose&);

}  // namespace hourglass::compute

// Sum, difference, product and quotient of two tensors. An operand without a batch, and dimensions of 1, are broadcast;
// their gradient is the sum over the repetitions.
#include <algorithm>

#include "compute/kernels/block_sums.hpp"
#include "compute/ops/binary_loops.hpp"
#include "compute/ops/elementwise.hpp"
#include "compute/ops/registration.hpp"
#include "compute/ops/strides.hpp"

namespace hourglass::compute {
namespace {

using op::BinaryKind;

// A dimension of the output and the strides of the operands along it; 0: broadcast.
struct Dimension {
  std::int64_t size = 1;
  std::int64_t steps[2] = {0, 0};
};

// Returns the output's dimensions after the batch, in memory order; neighbours that are contiguous in all three tensors
// are merged. There is always at least one.
std::vector<Dimension> dimensions(const KernelSpec& spec) {
  const auto& dims = spec.output.dims;
  std::vector<Dimension> all(dims.size());
  for (std::size_t i = 0; i < dims.size(); ++i) all[i].size = dims[i];
  for (const std::size_t side : {0, 1}) {
    const Shape& operand = spec.inputs[side];
    const auto strides = strides_of(operand, spec.layout);
    const std::size_t missing = dims.size() - operand.dims.size();
    for (std::size_t i = 0; i < operand.dims.size(); ++i) {
      if (operand.dims[i] > 1) all[missing + i].steps[side] = strides[i];
    }
  }
  if (spec.layout == Layout::channels_last && all.size() == 3) std::rotate(all.begin(), all.begin() + 1, all.end());
  std::vector<Dimension> joined;
  for (const Dimension& next : all) {
    if (next.size == 1) continue;
    const auto one = [&](int side) { return joined.back().steps[side] == next.steps[side] * next.size; };
    if (!joined.empty() && one(0) && one(1)) {
      joined.back() = {joined.back().size * next.size, {next.steps[0], next.steps[1]}};
    } else {
      joined.push_back(next);
    }
  }
  if (joined.empty()) joined.push_back({});
  return joined;
}

// Tensors with the same layout are one long row. Otherwise the two innermost dimensions are the rows and columns of
// tiles, and the batch is the outermost of the others.
class BinaryKernel final : public Kernel {
 public:
  BinaryKernel(const KernelSpec& spec, BinaryKind kind)
      : kind_(kind), size_(spec.output.size()), samples_(spec.output.batched ? spec.batch : 1) {
    outer_ = dimensions(spec);
    const bool one_row = outer_.size() == 1 && outer_[0].steps[0] == 1 && outer_[0].steps[1] == 1;
    Dimension batch{samples_, {0, 0}};
    for (const std::size_t side : {0, 1}) {
      const Shape& operand = spec.inputs[side];
      sizes_[side] = operand.size();
      writes_[side] = spec.gradients[side];
      over_batch_[side] = spec.output.batched && !operand.batched;
      if (!over_batch_[side]) batch.steps[side] = sizes_[side];
      repeated_[side] = over_batch_[side] || sizes_[side] < size_;
    }
    plain_ = !over_batch_[0] && !over_batch_[1] && (one_row || size_ == 1);
    outer_.insert(outer_.begin(), batch);
    column_ = outer_.back();
    outer_.pop_back();
    row_ = outer_.back();
    outer_.pop_back();
  }

  Reads backward_reads() const override {
    const bool first = writes_[0] != Write::none, second = writes_[1] != Write::none;
    const bool product = kind_ == BinaryKind::multiply, quotient = kind_ == BinaryKind::divide;
    return {.inputs = {second && (product || quotient), (first && (product || quotient)) || (second && quotient)},
            .output = false};
  }

  Workspace workspace() const override {
    std::int64_t scratch = 0;
    for (const int side : {0, 1}) {
      if (writes_[side] != Write::none && over_batch_[side]) scratch = std::max(scratch, parts(side) * sizes_[side]);
    }
    return {.saved = 0, .scratch = scratch};
  }

  void forward(const StepKey&) override {
    if (plain_) {
      parallel_blocks(samples_ * size_, kElementBlock, [&](std::int64_t begin, std::int64_t end) {
        binary(kind_, binding_.inputs[0] + begin, binding_.inputs[1] + begin, binding_.output + begin, end - begin);
      });
      return;
    }
    each_rows([&](std::int64_t begin, std::int64_t end) {
      in_tiles(begin, end, [&](std::int64_t a, std::int64_t b, std::int64_t y, std::int64_t rows) {
        binary_rows(kind_, binding_.inputs[0] + a, steps(0), binding_.inputs[1] + b, steps(1), binding_.output + y,
                    rows, column_.size);
      });
    });
  }

  void backward() override {
    for (const int side : {1, 0}) {
      if (writes_[side] != Write::none) deliver(side);
    }
  }

 private:
  Steps steps(int side) const { return {row_.steps[side], column_.steps[side]}; }
  std::int64_t all_rows() const { return samples_ * size_ / column_.size; }

  template <class Body>
  void each_rows(const Body& body) const {
    parallel_blocks(all_rows(), std::max<std::int64_t>(1, kElementBlock / column_.size), body);
  }

  // Calls body(offset of a, offset of b, offset in the output, rows) for pieces of tiles that cover rows [begin, end).
  template <class Body>
  void in_tiles(std::int64_t begin, std::int64_t end, const Body& body) const {
    while (begin < end) {
      const std::int64_t row = begin % row_.size, rows = std::min(row_.size - row, end - begin);
      std::int64_t offsets[2] = {row * row_.steps[0], row * row_.steps[1]};
      std::int64_t left = begin / row_.size;
      for (std::size_t i = outer_.size(); i-- > 0; left /= outer_[i].size) {
        for (const int side : {0, 1}) offsets[side] += left % outer_[i].size * outer_[i].steps[side];
      }
      body(offsets[0], offsets[1], begin * column_.size, rows);
      begin += rows;
    }
  }

  void deliver(int side) {
    float* gradient = binding_.input_gradients[static_cast<std::size_t>(side)];
    const bool add = writes_[side] == Write::add;
    if (plain_) {
      parallel_blocks(samples_ * size_, kElementBlock, [&](std::int64_t begin, std::int64_t end) {
        binary_backward(kind_, side == 1, binding_.inputs[0] + begin, binding_.inputs[1] + begin,
                        binding_.output_gradient + begin, gradient + begin, end - begin, add);
      });
    } else if (!repeated_[side]) {
      each_rows([&](std::int64_t begin, std::int64_t end) { add_rows(side, begin, end, gradient, add); });
    } else if (!over_batch_[side]) {
      const std::int64_t rows = all_rows() / samples_;
      parallel_blocks(samples_, 1, [&](std::int64_t sample, std::int64_t) {
        float* own = gradient + sample * sizes_[side];
        if (!add) std::fill(own, own + sizes_[side], 0.0f);
        add_rows(side, sample * rows, (sample + 1) * rows, gradient, true);
      });
    } else {
      deliver_sum(side, gradient, add);
    }
  }

  // Returns the number of parts of the batch that are summed separately: enough for many threads, each large compared
  // with its sum.
  std::int64_t parts(int side) const {
    const std::int64_t worthwhile = samples_ * size_ / (8 * sizes_[side]);
    return std::clamp<std::int64_t>(worthwhile, 1, std::min<std::int64_t>(samples_, 32));
  }

  void deliver_sum(int side, float* gradient, bool add) const {
    const std::int64_t rows = all_rows() / samples_;
    const std::int64_t length = (samples_ + parts(side) - 1) / parts(side);
    const std::int64_t count = (samples_ + length - 1) / length;
    parallel_blocks(samples_, length, [&](std::int64_t begin, std::int64_t end) {
      float* sum = binding_.scratch + begin / length * sizes_[side];
      std::fill(sum, sum + sizes_[side], 0.0f);
      add_rows(side, begin * rows, end * rows, sum, true);
    });
    sum_columns(binding_.scratch, count, sizes_[side], 1, gradient, add);
  }

  void add_rows(int side, std::int64_t begin, std::int64_t end, float* gradient, bool add) const {
    in_tiles(begin, end, [&](std::int64_t a, std::int64_t b, std::int64_t y, std::int64_t rows) {
      binary_rows_backward(kind_, side == 1, binding_.inputs[0] + a, steps(0), binding_.inputs[1] + b, steps(1),
                           binding_.output_gradient + y, gradient + (side == 1 ? b : a), rows, column_.size, add);
    });
  }

  BinaryKind kind_;
  std::int64_t size_, samples_;
  std::int64_t sizes_[2];  // of the operands, without the batch
  Write writes_[2];
  bool over_batch_[2];  // the operand has no batch, but the output does
  bool repeated_[2];    // some element of the operand is used more than once
  bool plain_;          // all three tensors are one row
  std::vector<Dimension> outer_;
  Dimension row_, column_;
};

}  // namespace

template <>
class RulesOf<op::Binary> final : public Rules {
 public:
  explicit RulesOf(const op::Binary& binary) : kind_(binary.kind) {}

  std::string name() const override {
    switch (kind_) {
      case BinaryKind::add: return "add";
      case BinaryKind::subtract: return "subtract";
      case BinaryKind::multiply: return "multiply";
      default: return "divide";
    }
  }
  Shape infer(std::span<const Shape> inputs) const override {
    const std::string wanted =
        "two tensors whose dimensions, counted from the last and without the batch, are equal or 1";
    check_count(inputs, 2, wanted);
    const bool swapped = inputs[0].dims.size() < inputs[1].dims.size();
    const auto &longer = inputs[swapped ? 1 : 0].dims, &shorter = inputs[swapped ? 0 : 1].dims;
    Shape shape{longer, inputs[0].batched || inputs[1].batched};
    for (std::size_t i = 0; i < shorter.size(); ++i) {
      std::int64_t& dim = shape.dims[longer.size() - shorter.size() + i];
      if (dim != shorter[i] && dim != 1 && shorter[i] != 1) refuse_shapes(wanted, inputs);
      dim = std::max(dim, shorter[i]);
    }
    return shape;
  }
  int summed_input(std::span<const Shape> inputs) const override {
    const bool repeated = inputs[0].batched && !inputs[1].batched && inputs[0].dims == inputs[1].dims;
    return kind_ == BinaryKind::add && repeated ? 1 : -1;
  }
  LayoutRule layout() const override { return LayoutRule::any; }
  std::unique_ptr<Kernel> kernel(const KernelSpec& spec) const override {
    return std::make_unique<BinaryKernel>(spec, kind_);
  }

 private:
  BinaryKind kind_;
};

template std::unique_ptr<Rules> make_rules(const op::Binary&);

}  // namespace hourglass::compute

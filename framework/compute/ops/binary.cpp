// Sum, difference, product and quotient of two tensors; one without a batch is repeated over it, and its gradient is
// then the sum over the batch.
#include <algorithm>

#include "compute/activation.hpp"
#include "compute/multiversion.hpp"
#include "compute/ops/elementwise.hpp"
#include "compute/ops/registration.hpp"

namespace hourglass::compute {
namespace {

using Kind = op::BinaryKind;

// Each has value(a, b), and the gradients of both.
struct Add {
  HOURGLASS_INLINE static float value(float a, float b) { return a + b; }
  HOURGLASS_INLINE static float first(float, float, float dy) { return dy; }
  HOURGLASS_INLINE static float second(float, float, float dy) { return dy; }
};
struct Subtract {
  HOURGLASS_INLINE static float value(float a, float b) { return a - b; }
  HOURGLASS_INLINE static float first(float, float, float dy) { return dy; }
  HOURGLASS_INLINE static float second(float, float, float dy) { return -dy; }
};
struct Multiply {
  HOURGLASS_INLINE static float value(float a, float b) { return a * b; }
  HOURGLASS_INLINE static float first(float, float b, float dy) { return b * dy; }
  HOURGLASS_INLINE static float second(float a, float, float dy) { return a * dy; }
};
struct Divide {
  HOURGLASS_INLINE static float value(float a, float b) { return a / b; }
  HOURGLASS_INLINE static float first(float, float b, float dy) { return dy / b; }
  HOURGLASS_INLINE static float second(float a, float b, float dy) { return -dy * a / (b * b); }
};

template <class Body>
HOURGLASS_INLINE void with_function(Kind kind, Body body) {
  switch (kind) {
    case Kind::add: return body(Add{});
    case Kind::subtract: return body(Subtract{});
    case Kind::multiply: return body(Multiply{});
    case Kind::divide: return body(Divide{});
  }
}

HOURGLASS_MULTIVERSION void binary(Kind kind, const float* a, const float* b, float* y, std::int64_t count) {
  with_function(kind, [=](auto f) HOURGLASS_INLINE_LAMBDA {
#pragma GCC ivdep
    for (std::int64_t i = 0; i < count; ++i) y[i] = f.value(a[i], b[i]);
  });
}

// The gradient of a (or of b, with `second`) for elements that each have their own.
HOURGLASS_MULTIVERSION void binary_backward(Kind kind, bool second, const float* a, const float* b, const float* dy,
                                            float* dx, std::int64_t count, bool add) {
  with_function(kind, [=](auto f) HOURGLASS_INLINE_LAMBDA {
    if (add) {
#pragma GCC ivdep
      for (std::int64_t i = 0; i < count; ++i) {
        dx[i] += second ? f.second(a[i], b[i], dy[i]) : f.first(a[i], b[i], dy[i]);
      }
    } else {
#pragma GCC ivdep
      for (std::int64_t i = 0; i < count; ++i) {
        dx[i] = second ? f.second(a[i], b[i], dy[i]) : f.first(a[i], b[i], dy[i]);
      }
    }
  });
}

// The same for at most kColumnBlock columns of an operand that all rows share.
HOURGLASS_MULTIVERSION void binary_backward_columns(Kind kind, bool second, const float* a, std::int64_t a_stride,
                                                    const float* b, std::int64_t b_stride, const float* dy,
                                                    std::int64_t rows, std::int64_t columns, std::int64_t stride,
                                                    float* sums, bool add) {
  with_function(kind, [=](auto f) HOURGLASS_INLINE_LAMBDA {
    float total[kColumnBlock] = {};
    const float *x = a, *z = b, *g = dy;
    for (std::int64_t row = 0; row < rows; ++row, x += a_stride, z += b_stride, g += stride) {
      if (second) {
        for (std::int64_t j = 0; j < columns; ++j) total[j] += f.second(x[j], z[j], g[j]);
      } else {
        for (std::int64_t j = 0; j < columns; ++j) total[j] += f.first(x[j], z[j], g[j]);
      }
    }
    for (std::int64_t j = 0; j < columns; ++j) sums[j] = add ? sums[j] + total[j] : total[j];
  });
}

class BinaryKernel final : public Kernel {
 public:
  BinaryKernel(const KernelSpec& spec, Kind kind)
      : kind_(kind),
        size_(spec.output.size()),
        rows_(spec.output.batched ? spec.batch : 1),
        shared_{spec.output.batched && !spec.inputs[0].batched, spec.output.batched && !spec.inputs[1].batched},
        writes_{spec.gradients[0], spec.gradients[1]} {}

  Reads backward_reads() const override {
    const bool first = writes_[0] != Write::none, second = writes_[1] != Write::none;
    const bool product = kind_ == Kind::multiply, quotient = kind_ == Kind::divide;
    return {.inputs = {second && (product || quotient), (first && (product || quotient)) || (second && quotient)},
            .output = false};
  }

  void forward(const StepKey&) override {
    for_rows([&](std::int64_t offset, std::int64_t row_offset, std::int64_t count) {
      binary(kind_, operand(0, offset, row_offset), operand(1, offset, row_offset), binding_.output + offset, count);
    });
  }

  void backward() override {
    for (const int side : {1, 0}) {
      if (writes_[side] != Write::none) deliver(side);
    }
  }

 private:
  const float* operand(int side, std::int64_t offset, std::int64_t row_offset) const {
    return binding_.inputs[static_cast<std::size_t>(side)] + (shared_[side] ? row_offset : offset);
  }

  // Calls body(offset, offset within the row, count) for pieces that cover all elements; within one row where an
  // operand is shared.
  template <class Body>
  void for_rows(const Body& body) {
    if (!shared_[0] && !shared_[1]) {
      parallel_blocks(rows_ * size_, kElementBlock,
                      [&](std::int64_t begin, std::int64_t end) { body(begin, begin, end - begin); });
      return;
    }
    parallel_blocks(rows_, std::max<std::int64_t>(1, kElementBlock / size_), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; ++row) body(row * size_, 0, size_);
    });
  }

  void deliver(int side) {
    const bool add = writes_[side] == Write::add;
    float* gradient = binding_.input_gradients[static_cast<std::size_t>(side)];
    if (shared_[side]) {
      parallel_blocks(size_, kColumnBlock, [&](std::int64_t begin, std::int64_t end) {
        binary_backward_columns(kind_, side == 1, binding_.inputs[0] + begin, shared_[0] ? 0 : size_,
                                binding_.inputs[1] + begin, shared_[1] ? 0 : size_, binding_.output_gradient + begin,
                                rows_, end - begin, size_, gradient + begin, add);
      });
      return;
    }
    for_rows([&](std::int64_t offset, std::int64_t row_offset, std::int64_t count) {
      binary_backward(kind_, side == 1, operand(0, offset, row_offset), operand(1, offset, row_offset),
                      binding_.output_gradient + offset, gradient + offset, count, add);
    });
  }

  Kind kind_;
  std::int64_t size_, rows_;
  bool shared_[2];
  Write writes_[2];
};

}  // namespace

template <>
class RulesOf<op::Binary> final : public Rules {
 public:
  explicit RulesOf(const op::Binary& binary) : kind_(binary.kind) {}

  std::string name() const override {
    switch (kind_) {
      case Kind::add: return "add";
      case Kind::subtract: return "subtract";
      case Kind::multiply: return "multiply";
      default: return "divide";
    }
  }
  Shape infer(std::span<const Shape> inputs) const override {
    const std::string wanted = "two tensors of the same dimensions, with or without a batch";
    check_count(inputs, 2, wanted);
    if (inputs[0].dims != inputs[1].dims) refuse_shapes(wanted, inputs);
    return {inputs[0].dims, inputs[0].batched || inputs[1].batched};
  }
  int summed_input(std::span<const Shape> inputs) const override {
    return kind_ == Kind::add && inputs[0].batched && !inputs[1].batched ? 1 : -1;
  }
  LayoutRule layout() const override { return LayoutRule::any; }
  std::unique_ptr<Kernel> kernel(const KernelSpec& spec) const override {
    return std::make_unique<BinaryKernel>(spec, kind_);
  }

 private:
  Kind kind_;
};

template std::unique_ptr<Rules> make_rules(const op::Binary&);

}  // namespace hourglass::compute

// abs, square, sqrt, exp and log of each element.
#include "compute/kernels/math.hpp"
#include "compute/ops/elementwise.hpp"
#include "compute/ops/registration.hpp"

namespace hourglass::compute {
namespace {

// Each has value(x) and gradient(from, dy), where `from` is y for sqrt and exp, else x.
struct Abs {
  HOURGLASS_INLINE static float value(float x) { return math::abs(x); }
  HOURGLASS_INLINE static float gradient(float x, float dy) {
    const float negative = x < 0 ? -dy : 0.0f;
    return x > 0 ? dy : negative;
  }
};
struct Square {
  HOURGLASS_INLINE static float value(float x) { return x * x; }
  HOURGLASS_INLINE static float gradient(float x, float dy) { return 2 * x * dy; }
};
struct Sqrt {
  HOURGLASS_INLINE static float value(float x) { return math::sqrt(x); }
  HOURGLASS_INLINE static float gradient(float y, float dy) { return 0.5f * dy / y; }
};
struct Exp {
  HOURGLASS_INLINE static float value(float x) { return math::exp(x); }
  HOURGLASS_INLINE static float gradient(float y, float dy) { return y * dy; }
};
struct Log {
  HOURGLASS_INLINE static float value(float x) { return math::log(x); }
  HOURGLASS_INLINE static float gradient(float x, float dy) { return dy / x; }
};

template <class Body>
HOURGLASS_INLINE void with_unary(op::UnaryKind kind, Body body) {
  switch (kind) {
    case op::UnaryKind::abs: return body(Abs{});
    case op::UnaryKind::square: return body(Square{});
    case op::UnaryKind::sqrt: return body(Sqrt{});
    case op::UnaryKind::exp: return body(Exp{});
    case op::UnaryKind::log: return body(Log{});
  }
}

HOURGLASS_MULTIVERSION void unary(op::UnaryKind kind, const float* x, float* y, std::int64_t count) {
  with_unary(kind, [=](auto f) HOURGLASS_INLINE_LAMBDA {
#pragma GCC ivdep
    for (std::int64_t i = 0; i < count; ++i) y[i] = f.value(x[i]);
  });
}

HOURGLASS_MULTIVERSION void unary_backward(op::UnaryKind kind, const float* from, const float* dy, float* dx,
                                           std::int64_t count, bool add) {
  with_unary(kind, [=](auto f) HOURGLASS_INLINE_LAMBDA {
    if (add) {
#pragma GCC ivdep
      for (std::int64_t i = 0; i < count; ++i) dx[i] += f.gradient(from[i], dy[i]);
    } else {
#pragma GCC ivdep
      for (std::int64_t i = 0; i < count; ++i) dx[i] = f.gradient(from[i], dy[i]);
    }
  });
}

struct ApplyUnary {
  op::UnaryKind kind;

  bool reads_input() const { return !reads_output(); }
  bool reads_output() const { return kind == op::UnaryKind::sqrt || kind == op::UnaryKind::exp; }
  void forward(const float* x, float* y, std::int64_t count) const { unary(kind, x, y, count); }
  void backward(const float* from, const float* dy, float* dx, std::int64_t count, bool add) const {
    unary_backward(kind, from, dy, dx, count, add);
  }
};

}  // namespace

template <>
class RulesOf<op::Unary> final : public Rules {
 public:
  explicit RulesOf(const op::Unary& unary) : kind_(unary.kind) {}

  std::string name() const override {
    switch (kind_) {
      case op::UnaryKind::abs: return "abs";
      case op::UnaryKind::square: return "square";
      case op::UnaryKind::sqrt: return "sqrt";
      case op::UnaryKind::exp: return "exp";
      default: return "log";
    }
  }
  Shape infer(std::span<const Shape> inputs) const override {
    check_count(inputs, 1, "one tensor");
    return inputs[0];
  }
  LayoutRule layout() const override { return LayoutRule::any; }
  std::unique_ptr<Kernel> kernel(const KernelSpec& spec) const override {
    return std::make_unique<ElementwiseKernel<ApplyUnary>>(spec, ApplyUnary{kind_});
  }

 private:
  op::UnaryKind kind_;
};

template std::unique_ptr<Rules> make_rules(const op::Unary&);

}  // namespace hourglass::compute

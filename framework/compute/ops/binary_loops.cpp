// One loop per operation and per combination of strides that is worth vectorising.
#include "compute/ops/binary_loops.hpp"

#include <type_traits>

#include "base/multiversion.hpp"

namespace hourglass::compute {
namespace {

using op::BinaryKind;

// Each has value(a, b), and the gradients of both with the operands that they read.
enum Operands : unsigned { kNothing = 0, kA = 1, kB = 2, kBoth = 3 };
struct Add {
  static constexpr Operands kFirst = kNothing, kSecond = kNothing;
  HOURGLASS_INLINE static float value(float a, float b) { return a + b; }
  HOURGLASS_INLINE static float first(float, float, float dy) { return dy; }
  HOURGLASS_INLINE static float second(float, float, float dy) { return dy; }
};
struct Subtract {
  static constexpr Operands kFirst = kNothing, kSecond = kNothing;
  HOURGLASS_INLINE static float value(float a, float b) { return a - b; }
  HOURGLASS_INLINE static float first(float, float, float dy) { return dy; }
  HOURGLASS_INLINE static float second(float, float, float dy) { return -dy; }
};
struct Multiply {
  static constexpr Operands kFirst = kB, kSecond = kA;
  HOURGLASS_INLINE static float value(float a, float b) { return a * b; }
  HOURGLASS_INLINE static float first(float, float b, float dy) { return b * dy; }
  HOURGLASS_INLINE static float second(float a, float, float dy) { return a * dy; }
};
struct Divide {
  static constexpr Operands kFirst = kB, kSecond = kBoth;
  HOURGLASS_INLINE static float value(float a, float b) { return a / b; }
  HOURGLASS_INLINE static float first(float, float b, float dy) { return dy / b; }
  HOURGLASS_INLINE static float second(float a, float b, float dy) { return -dy * a / (b * b); }
};

template <class Body>
HOURGLASS_INLINE void with_binary(BinaryKind kind, const Body& body) {
  switch (kind) {
    case BinaryKind::add: return body(Add{});
    case BinaryKind::subtract: return body(Subtract{});
    case BinaryKind::multiply: return body(Multiply{});
    case BinaryKind::divide: return body(Divide{});
  }
}

template <bool kSecond, class Function>
HOURGLASS_INLINE float slope(Function, float a, float b, float dy) {
  return kSecond ? Function::second(a, b, dy) : Function::first(a, b, dy);
}

template <class Body>
HOURGLASS_INLINE void with_side(bool second, const Body& body) {
  if (second) {
    body(std::true_type());
  } else {
    body(std::false_type());
  }
}

// Calls body with both steps as constants where that gives a vector loop; the step of an operand that is not read is 0.
template <unsigned kReads, class Body>
HOURGLASS_INLINE void with_steps(std::int64_t a, std::int64_t b, const Body& body) {
  using One = std::integral_constant<std::int64_t, 1>;
  using Zero = std::integral_constant<std::int64_t, 0>;
  if constexpr (kReads == kNothing) {
    body(Zero(), Zero());
  } else if constexpr (kReads == kA) {
    a == 1 ? body(One(), Zero()) : a == 0 ? body(Zero(), Zero()) : body(a, Zero());
  } else if constexpr (kReads == kB) {
    b == 1 ? body(Zero(), One()) : b == 0 ? body(Zero(), Zero()) : body(Zero(), b);
  } else if (a == 1 && b == 1) {
    body(One(), One());
  } else if (a == 1 && b == 0) {
    body(One(), Zero());
  } else if (a == 0 && b == 1) {
    body(Zero(), One());
  } else {
    body(a, b);
  }
}

// Returns the sum of f(j) over [0, count).
template <class F>
HOURGLASS_INLINE float sum_terms(std::int64_t count, const F& f) {
  constexpr std::int64_t kSums = 16;
  float sums[kSums] = {};
  std::int64_t j = 0;
  for (; j + kSums <= count; j += kSums) {
    for (std::int64_t i = 0; i < kSums; ++i) sums[i] += f(j + i);
  }
  for (std::int64_t i = 0; j < count; ++j, ++i) sums[i] += f(j);
  float total = 0;
  for (const float sum : sums) total += sum;
  return total;
}

template <class F>
HOURGLASS_INLINE void write_columns(float* g, std::int64_t step, std::int64_t count, bool add, const F& f) {
  if (step == 0) {
    *g = sum_terms(count, f) + (add ? *g : 0.0f);
  } else if (step == 1) {
    if (add) {
#pragma GCC ivdep
      for (std::int64_t j = 0; j < count; ++j) g[j] += f(j);
    } else {
#pragma GCC ivdep
      for (std::int64_t j = 0; j < count; ++j) g[j] = f(j);
    }
  } else {
    for (std::int64_t j = 0; j < count; ++j) g[j * step] = f(j) + (add ? g[j * step] : 0.0f);
  }
}

}  // namespace

HOURGLASS_MULTIVERSION void binary(BinaryKind kind, const float* a, const float* b, float* y, std::int64_t count) {
  with_binary(kind, [=](auto f) HOURGLASS_INLINE_LAMBDA {
#pragma GCC ivdep
    for (std::int64_t i = 0; i < count; ++i) y[i] = f.value(a[i], b[i]);
  });
}

HOURGLASS_MULTIVERSION void binary_backward(BinaryKind kind, bool second, const float* a, const float* b,
                                            const float* dy, float* g, std::int64_t count, bool add) {
  with_binary(kind, [=](auto f) HOURGLASS_INLINE_LAMBDA {
    with_side(second, [=](auto side) HOURGLASS_INLINE_LAMBDA {
      write_columns(g, 1, count, add,
                    [=](std::int64_t i) HOURGLASS_INLINE_LAMBDA { return slope<side()>(f, a[i], b[i], dy[i]); });
    });
  });
}

HOURGLASS_MULTIVERSION void binary_rows(BinaryKind kind, const float* a, Steps a_steps, const float* b, Steps b_steps,
                                        float* y, std::int64_t rows, std::int64_t columns) {
  with_binary(kind, [=](auto f) HOURGLASS_INLINE_LAMBDA {
    with_steps<kBoth>(a_steps.column, b_steps.column, [=](auto step, auto other) HOURGLASS_INLINE_LAMBDA {
      for (std::int64_t row = 0; row < rows; ++row) {
        const float *x = a + row * a_steps.row, *z = b + row * b_steps.row;
        float* out = y + row * columns;
#pragma GCC ivdep
        for (std::int64_t j = 0; j < columns; ++j) out[j] = f.value(x[j * step], z[j * other]);
      }
    });
  });
}

HOURGLASS_MULTIVERSION void binary_rows_backward(BinaryKind kind, bool second, const float* a, Steps a_steps,
                                                 const float* b, Steps b_steps, const float* dy, float* g,
                                                 std::int64_t rows, std::int64_t columns, bool add) {
  with_binary(kind, [=](auto f) HOURGLASS_INLINE_LAMBDA {
    with_side(second, [=](auto side) HOURGLASS_INLINE_LAMBDA {
      constexpr Operands kReads = side() ? decltype(f)::kSecond : decltype(f)::kFirst;
      with_steps<kReads>(a_steps.column, b_steps.column, [=](auto step, auto other) HOURGLASS_INLINE_LAMBDA {
        const Steps to = side() ? b_steps : a_steps;
        for (std::int64_t row = 0; row < rows; ++row) {
          const float *x = a + row * a_steps.row, *z = b + row * b_steps.row, *from = dy + row * columns;
          write_columns(g + row * to.row, to.column, columns, add, [=](std::int64_t j) HOURGLASS_INLINE_LAMBDA {
            return slope<side()>(f, x[j * step], z[j * other], from[j]);
          });
        }
      });
    });
  });
}

}  // namespace hourglass::compute

// Each non-linearity is a struct with its formula and its derivative; the loops around them are shared.
#include "compute/kernels/activation.hpp"

#include <type_traits>

#include "base/multiversion.hpp"
#include "compute/kernels/math.hpp"

namespace hourglass::compute {
namespace {

// Each has value(x) and gradient(from, dy), where `from` is x or y as stated by derivative_reads_input.
struct Identity {
  HOURGLASS_INLINE float value(float x) const { return x; }
  HOURGLASS_INLINE float gradient(float, float dy) const { return dy; }
};
struct Relu {
  HOURGLASS_INLINE float value(float x) const { return x < 0 ? 0 : x; }
  HOURGLASS_INLINE float gradient(float y, float dy) const { return y > 0 ? dy : 0; }
};
struct LeakyRelu {
  float slope;
  HOURGLASS_INLINE float value(float x) const { return x < 0 ? slope * x : x; }
  HOURGLASS_INLINE float gradient(float y, float dy) const { return y > 0 ? dy : slope * dy; }
};
struct Elu {
  float scale;
  HOURGLASS_INLINE float value(float x) const {
    const float below = scale * math::expm1(x);
    return x > 0 ? x : below;
  }
  HOURGLASS_INLINE float gradient(float y, float dy) const { return y > 0 ? dy : (y + scale) * dy; }
};
struct Gelu {
  HOURGLASS_INLINE static float phi(float x) { return 0.5f + 0.5f * math::erf(x * 0.70710678f); }
  HOURGLASS_INLINE float value(float x) const { return x * phi(x); }
  HOURGLASS_INLINE float gradient(float x, float dy) const {
    const float density = 0.39894228f * math::exp(-0.5f * x * x);
    return (phi(x) + x * density) * dy;
  }
};
struct Tanh {
  HOURGLASS_INLINE float value(float x) const { return math::tanh(x); }
  HOURGLASS_INLINE float gradient(float y, float dy) const { return (1 - y * y) * dy; }
};
struct Sigmoid {
  HOURGLASS_INLINE float value(float x) const { return math::sigmoid(x); }
  HOURGLASS_INLINE float gradient(float y, float dy) const { return y * (1 - y) * dy; }
};
struct Softplus {
  HOURGLASS_INLINE float value(float x) const { return math::softplus(x); }
  // sigmoid(x) = 1 - exp(-softplus(x))
  HOURGLASS_INLINE float gradient(float y, float dy) const { return -math::expm1(-y) * dy; }
};
struct Swish {
  HOURGLASS_INLINE float value(float x) const { return x * math::sigmoid(x); }
  HOURGLASS_INLINE float gradient(float x, float dy) const {
    const float s = math::sigmoid(x);
    return (s + x * s * (1 - s)) * dy;
  }
};

template <class Body>
HOURGLASS_INLINE void with_activation(Activation kind, float alpha, Body body) {
  switch (kind) {
    case Activation::identity: return body(Identity{});
    case Activation::relu: return body(Relu{});
    case Activation::leaky_relu: return body(LeakyRelu{alpha});
    case Activation::elu: return body(Elu{alpha});
    case Activation::gelu: return body(Gelu{});
    case Activation::tanh: return body(Tanh{});
    case Activation::sigmoid: return body(Sigmoid{});
    case Activation::softplus: return body(Softplus{});
    case Activation::swish: return body(Swish{});
  }
}

// kWidth: the number of columns if it is a compile-time constant, else 0.
template <std::int64_t kWidth, class Function>
HOURGLASS_INLINE void columns_of(Function f, const float* from, float* dy, std::int64_t rows, std::int64_t width,
                                 std::int64_t stride, float* sums, bool add) {
  const std::int64_t columns = kWidth > 0 ? kWidth : width;
  float total[kColumnBlock] = {};
  for (std::int64_t row = 0; row < rows; ++row, dy += stride, from += stride) {
#pragma GCC ivdep
    for (std::int64_t j = 0; j < columns; ++j) {
      const float gradient = f.gradient(from[j], dy[j]);
      if constexpr (!std::is_same_v<Function, Identity>) dy[j] = gradient;
      total[j] += gradient;
    }
  }
  for (std::int64_t j = 0; j < columns; ++j) sums[j] = add ? sums[j] + total[j] : total[j];
}

}  // namespace

bool derivative_reads_input(Activation kind) { return kind == Activation::gelu || kind == Activation::swish; }

HOURGLASS_MULTIVERSION void activate(Activation kind, float alpha, const float* x, float* y, std::int64_t count) {
  with_activation(kind, alpha, [=](auto f) HOURGLASS_INLINE_LAMBDA {
#pragma GCC ivdep
    for (std::int64_t i = 0; i < count; ++i) y[i] = f.value(x[i]);
  });
}

HOURGLASS_MULTIVERSION void finish_rows(Activation kind, float alpha, const float* bias, float* y, std::int64_t rows,
                                        std::int64_t columns, std::int64_t stride) {
  with_activation(kind, alpha, [=](auto f) HOURGLASS_INLINE_LAMBDA {
    for (std::int64_t row = 0; row < rows; ++row) {
      float* const values = y + row * stride;
      if (bias != nullptr) {
#pragma GCC ivdep
        for (std::int64_t j = 0; j < columns; ++j) values[j] = f.value(values[j] + bias[j]);
      } else {
#pragma GCC ivdep
        for (std::int64_t j = 0; j < columns; ++j) values[j] = f.value(values[j]);
      }
    }
  });
}

HOURGLASS_MULTIVERSION void activate_backward(Activation kind, float alpha, const float* from, const float* dy,
                                              float* dx, std::int64_t count, bool add) {
  with_activation(kind, alpha, [=](auto f) HOURGLASS_INLINE_LAMBDA {
    if (add) {
#pragma GCC ivdep
      for (std::int64_t i = 0; i < count; ++i) dx[i] += f.gradient(from[i], dy[i]);
    } else {
#pragma GCC ivdep
      for (std::int64_t i = 0; i < count; ++i) dx[i] = f.gradient(from[i], dy[i]);
    }
  });
}

HOURGLASS_MULTIVERSION void activate_backward_columns(Activation kind, float alpha, const float* from, float* dy,
                                                      std::int64_t rows, std::int64_t columns, std::int64_t stride,
                                                      float* sums, bool add) {
  with_activation(kind, alpha, [=](auto f) HOURGLASS_INLINE_LAMBDA {
    if (columns == kColumnBlock) {
      columns_of<kColumnBlock>(f, from, dy, rows, columns, stride, sums, add);
    } else {
      columns_of<0>(f, from, dy, rows, columns, stride, sums, add);
    }
  });
}

}  // namespace hourglass::compute

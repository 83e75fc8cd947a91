// exp, log and similar functions in single precision, as branch-free arithmetic that compilers vectorise; calls to libm
// are not vectorised. Errors are a few units in the last place. Inside the domain, a NaN results only from a NaN.
#pragma once

#include <cstdint>
#include <limits>

#include "base/multiversion.hpp"

namespace hourglass::compute::math {

inline constexpr float kInfinity = std::numeric_limits<float>::infinity();

HOURGLASS_INLINE float abs(float x) { return __builtin_fabsf(x); }
HOURGLASS_INLINE float sqrt(float x) { return __builtin_sqrtf(x); }

/// x = k * ln 2 + r with |r| <= ln 2 / 2, for exp and expm1.
struct Reduced {
  std::int32_t k;
  float r;
  float tail;  ///< exp(r) - 1
};

HOURGLASS_INLINE Reduced reduce(float x) {
  constexpr float kRound = 12582912.0f;  // 1.5 * 2^23: adding it leaves the nearest integer in the lowest bits
  const float shifted = x * 1.44269504f + kRound;
  const float whole = shifted - kRound;
  // ln 2 in two parts; the first has so few bits that its product is exact (Cephes).
  float r = x - whole * 0.693359375f;
  r = r + whole * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  const auto bits = __builtin_bit_cast(std::uint32_t, shifted) - 0x4b400000u;
  return {static_cast<std::int32_t>(bits), r, (p * r) * r + r};
}

/// 2^k for k in [-126, 127]; any value for other k, which a NaN can produce.
HOURGLASS_INLINE float power_of_two(std::int32_t k) {
  return __builtin_bit_cast(float, (static_cast<std::uint32_t>(k) + 127u) << 23);
}

/// Computes e^x; 0 and infinity outside the range of floats, with gradual underflow below 1e-38.
HOURGLASS_INLINE float exp(float x) {
  float bounded = x < -104.0f ? -104.0f : x;
  bounded = bounded > 89.0f ? 89.0f : bounded;
  const Reduced reduced = reduce(bounded);
  const std::int32_t half = reduced.k >> 1;  // 2^k itself may be out of range even if the result is not
  return (reduced.tail + 1.0f) * power_of_two(half) *
         power_of_two(
             static_cast<std::int32_t>(static_cast<std::uint32_t>(reduced.k) - static_cast<std::uint32_t>(half)));
}

/// Computes e^x - 1, accurate also near 0.
HOURGLASS_INLINE float expm1(float x) {
  float bounded = x < -25.0f ? -25.0f : x;
  bounded = bounded > 89.0f ? 89.0f : bounded;
  const Reduced reduced = reduce(bounded);
  const float half = power_of_two(static_cast<std::int32_t>(static_cast<std::uint32_t>(reduced.k) - 1u));
  return 2.0f * (half * reduced.tail + (half - 0.5f));
}

/// Computes the natural logarithm; -infinity at 0, NaN below it.
HOURGLASS_INLINE float log(float x) {
  const bool tiny = x < 1.17549435e-38f;
  const float normal = tiny ? x * 33554432.0f : x;
  const auto bits = __builtin_bit_cast(std::uint32_t, normal);
  // Scales the mantissa to [sqrt(1/2), sqrt(2)).
  const std::int32_t exponent = static_cast<std::int32_t>(bits - 0x3f3504f3u) >> 23;
  const float f = __builtin_bit_cast(float, bits - (static_cast<std::uint32_t>(exponent) << 23)) - 1.0f;
  const float e = static_cast<float>(exponent) - (tiny ? 25.0f : 0.0f);
  float p = 7.0376836292e-2f;
  p = p * f - 1.1514610310e-1f;
  p = p * f + 1.1676998740e-1f;
  p = p * f - 1.2420140846e-1f;
  p = p * f + 1.4249322787e-1f;
  p = p * f - 1.6668057665e-1f;
  p = p * f + 2.0000714765e-1f;
  p = p * f - 2.4999993993e-1f;
  p = p * f + 3.3333331174e-1f;
  float result = p * f * f * f;
  result = result - 2.12194440e-4f * e;
  result = result - 0.5f * f * f;
  result = (f + result) + 0.693359375f * e;
  result = x == kInfinity ? kInfinity : result;
  const float outside = x == 0.0f ? -kInfinity : std::numeric_limits<float>::quiet_NaN();
  return x > 0.0f ? result : outside;
}

/// Computes log(1 + x) for x in [0, 1].
HOURGLASS_INLINE float log1p_unit(float x) {
  const float s = x / (2.0f + x);  // log(1 + x) = 2 artanh(s), s in [0, 1/3]
  const float z = s * s;
  float p = 0.13332950f;  // last term of the series, increased to compensate for the omitted ones
  p = p * z + 0.15384615f;
  p = p * z + 0.18181818f;
  p = p * z + 0.22222222f;
  p = p * z + 0.28571429f;
  p = p * z + 0.4f;
  p = p * z + 0.66666667f;
  return (p * z) * s + 2.0f * s;
}

/// Computes 1 / (1 + e^-x).
HOURGLASS_INLINE float sigmoid(float x) {
  const float e = exp(-abs(x));
  const float large = 1.0f / (1.0f + e);
  const float small = e * large;
  return x < 0.0f ? small : large;
}

/// Computes log(1 + e^x).
HOURGLASS_INLINE float softplus(float x) {
  const float positive = x > 0.0f ? x : 0.0f;
  return positive + log1p_unit(exp(-abs(x)));
}

HOURGLASS_INLINE float tanh(float x) {
  const float e = expm1(-2.0f * abs(x));
  return __builtin_copysignf(-e / (e + 2.0f), x);
}

/// Computes the error function (polynomials: N. Juffa, fitted for one unit in the last place).
HOURGLASS_INLINE float erf(float x) {
  const float s = x * x;
  float near = -5.96761703e-4f;
  near = near * s + 4.99119423e-3f;
  near = near * s - 2.67681349e-2f;
  near = near * s + 1.12819925e-1f;
  near = near * s - 3.76125336e-1f;
  near = near * s + 1.28379166e-1f;
  near = near * x + x;
  const float magnitude = abs(x);
  const float t = magnitude > 4.0f ? 4.0f : magnitude;
  float far = -1.72853470e-5f * t + 3.83197126e-4f;
  const float low = -3.88396438e-3f * t + 2.42546219e-2f;
  far = far * (t * t) + low;
  far = far * t - 1.06777877e-1f;
  far = far * t - 6.34846687e-1f;
  far = far * t - 1.28717512e-1f;
  far = far * t - t;
  const float tail = __builtin_copysignf(-expm1(far), x);
  return magnitude > 0.927734375f ? tail : near;
}

}  // namespace hourglass::compute::math

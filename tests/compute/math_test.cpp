// Vectorisable functions against the standard library in double precision.
#include "compute/kernels/math.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>

namespace hourglass::compute {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kMax = std::numeric_limits<float>::max();

// The functions are always inlined and so have no address.
#define FUNCTION(name) [](float x) { return math::name(x); }

// Errors in units of the last place of the true value; a subnormal's unit is the smallest float.
double units(float got, double wanted) {
  if (std::isnan(wanted)) return std::isnan(got) ? 0 : kInf;
  const auto rounded = static_cast<float>(wanted);
  if (std::isinf(rounded)) return got == rounded ? 0 : (std::abs(got) > 3.4e38f ? 1 : kInf);
  const double unit = std::max(
      std::abs(static_cast<double>(std::nextafter(std::abs(rounded), kInf)) - static_cast<double>(std::abs(rounded))),
      0x1p-149);
  return std::abs(static_cast<double>(got) - wanted) / unit;
}

// The largest error over floats of all signs and exponents in [low, high].
template <class Got, class Wanted>
double worst(float low, float high, Got got, Wanted wanted) {
  double largest = 0;
  constexpr std::uint32_t kStride = 20011;  // prime: about 200,000 floats
  for (std::uint64_t bits = 0; bits <= 0xffffffffu; bits += kStride) {
    const float x = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    if (!(x >= low && x <= high)) continue;
    const double error = units(got(x), wanted(static_cast<double>(x)));
    if (!(error <= largest)) largest = error;
  }
  return largest;
}

TEST_CASE("exp: within 3 units everywhere, subnormal results included") {
  CHECK(worst(-kMax, kMax, FUNCTION(exp), [](double x) { return std::exp(x); }) < 3);
  CHECK(worst(-104, 89, FUNCTION(exp), [](double x) { return std::exp(x); }) < 3);
}

TEST_CASE("expm1: within 3 units everywhere") {
  CHECK(worst(-kMax, kMax, FUNCTION(expm1), [](double x) { return std::expm1(x); }) < 3);
}

TEST_CASE("log: within 3 units over all positive floats") {
  CHECK(worst(0, kMax, FUNCTION(log), [](double x) { return std::log(x); }) < 3);
}

TEST_CASE("log1p_unit: within 3 units in [0, 1]") {
  CHECK(worst(0, 1, FUNCTION(log1p_unit), [](double x) { return std::log1p(x); }) < 3);
}

TEST_CASE("tanh: within 4 units everywhere") {
  CHECK(worst(-kMax, kMax, FUNCTION(tanh), [](double x) { return std::tanh(x); }) < 4);
}

TEST_CASE("erf: within 3 units everywhere") {
  CHECK(worst(-kMax, kMax, FUNCTION(erf), [](double x) { return std::erf(x); }) < 3);
}

TEST_CASE("sigmoid: within 4 units everywhere") {
  CHECK(worst(-kMax, kMax, FUNCTION(sigmoid), [](double x) { return 1 / (1 + std::exp(-x)); }) < 4);
}

TEST_CASE("softplus: within 4 units everywhere") {
  const auto wanted = [](double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); };
  CHECK(worst(-kMax, kMax, FUNCTION(softplus), wanted) < 4);
}

TEST_CASE("the ends of the range give limits, not NaN") {
  CHECK(math::exp(kInf) == kInf);
  CHECK(math::exp(-kInf) == 0.0f);
  CHECK(math::exp(0.0f) == 1.0f);
  CHECK(math::expm1(kInf) == kInf);
  CHECK(math::expm1(-kInf) == -1.0f);
  CHECK(math::log(kInf) == kInf);
  CHECK(math::log(0.0f) == -kInf);
  CHECK(math::log(1.0f) == 0.0f);
  CHECK(math::tanh(kInf) == 1.0f);
  CHECK(math::tanh(-kInf) == -1.0f);
  CHECK(math::erf(kInf) == 1.0f);
  CHECK(math::erf(-kInf) == -1.0f);
  CHECK(math::sigmoid(kInf) == 1.0f);
  CHECK(math::sigmoid(-kInf) == 0.0f);
  CHECK(math::softplus(kInf) == kInf);
  CHECK(math::softplus(-kInf) == 0.0f);
}

TEST_CASE("NaNs and values outside the domain give a NaN") {
  float (*const functions[])(float) = {FUNCTION(exp), FUNCTION(expm1),   FUNCTION(log),     FUNCTION(tanh),
                                       FUNCTION(erf), FUNCTION(sigmoid), FUNCTION(softplus)};
  for (const auto f : functions) {
    CHECK(std::isnan(f(kNan)));
    CHECK(std::isnan(f(-kNan)));
  }
  CHECK(std::isnan(math::log(-1.0f)));
  CHECK(std::isnan(math::log(-kInf)));
}

TEST_CASE("zeros keep their sign if the function preserves it") {
  CHECK(std::signbit(math::tanh(-0.0f)));
  CHECK(std::signbit(math::erf(-0.0f)));
}

}  // namespace
}  // namespace hourglass::compute

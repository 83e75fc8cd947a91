// Vectors as wide as a register of most machines, as GCC's vector types. GCC splits wider vectors through memory
// (measured: 16 on AVX2, 20 times slower) and compares element by element: use plain loops for these.
#pragma once

#include <cstdint>

#include "base/multiversion.hpp"

namespace hourglass::compute {

#if defined(__x86_64__)
inline constexpr std::int64_t kLanes = 8;
#else
inline constexpr std::int64_t kLanes = 4;
#endif

// May be at any address and may alias arrays of plain numbers. Used as values inside one function only: how they are
// passed between functions depends on the instruction set.
using FloatLanes __attribute__((vector_size(kLanes * 4), aligned(4), may_alias)) = float;
using IntLanes __attribute__((vector_size(kLanes * 4), aligned(4), may_alias)) = std::int32_t;

HOURGLASS_INLINE FloatLanes& lanes_at(float* values) { return *reinterpret_cast<FloatLanes*>(values); }
HOURGLASS_INLINE const FloatLanes& lanes_at(const float* values) {
  return *reinterpret_cast<const FloatLanes*>(values);
}

/// Returns the vector width that suits the registers of this machine, for code compiled for 16 and for 8: without
/// registers of 16, two vectors of 8 leave more registers for sums.
inline std::int64_t widest_lanes() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("x86-64-v4") ? 16 : 8;
#else
  return 8;
#endif
}

/// A vector of `kCount` numbers, for code that is compiled for registers of several widths.
template <int kCount>
struct VectorOf {
  using Type __attribute__((vector_size(kCount * sizeof(float)), aligned(sizeof(float)), may_alias)) = float;
};
template <int kCount>
using Vector = typename VectorOf<kCount>::Type;

template <int kCount>
HOURGLASS_INLINE Vector<kCount>& vector_at(float* values) {
  return *reinterpret_cast<Vector<kCount>*>(values);
}
template <int kCount>
HOURGLASS_INLINE const Vector<kCount>& vector_at(const float* values) {
  return *reinterpret_cast<const Vector<kCount>*>(values);
}

/// Calls body(first) for pieces of kLanes that cover [0, count), count >= kLanes. The last piece may overlap the one
/// before it, so `body` must be idempotent.
template <class Body>
HOURGLASS_INLINE void in_lanes(std::int64_t count, const Body& body) {
  std::int64_t first = 0;
  for (; first + kLanes <= count; first += kLanes) body(first);
  if (first < count) body(count - kLanes);
}

}  // namespace hourglass::compute

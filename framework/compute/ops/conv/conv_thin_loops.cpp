// Register tiles over vectors of channels. GCC's vector types map to the registers of the machine.
#include "compute/ops/conv/conv_thin_loops.hpp"

#include <type_traits>

#include "compute/kernels/lanes.hpp"

namespace hourglass::compute {
namespace {

// Calls tile(first, std::integral_constant<int, pixels>) with tiles of at most 8 pixels and about equal length: a tile
// of one or two would wait for each of its sums.
template <class Tile>
HOURGLASS_INLINE void in_tiles(std::int64_t count, const Tile& tile) {
  for (std::int64_t first = 0, left = (count + 7) / 8; left > 0; --left) {
    const std::int64_t pixels = (count - first + left - 1) / left;
    switch (pixels) {
      case 8: tile(first, std::integral_constant<int, 8>()); break;
      case 7: tile(first, std::integral_constant<int, 7>()); break;
      case 6: tile(first, std::integral_constant<int, 6>()); break;
      case 5: tile(first, std::integral_constant<int, 5>()); break;
      case 4: tile(first, std::integral_constant<int, 4>()); break;
      case 3: tile(first, std::integral_constant<int, 3>()); break;
      case 2: tile(first, std::integral_constant<int, 2>()); break;
      default: tile(first, std::integral_constant<int, 1>());
    }
    first += pixels;
  }
}

// --- spread -------------------------------------------------------------------------------------------------------

// Computes `kVectors` vectors of `kPixels` pixels, from vector `first` on.
template <int kLanes, int kPixels, int kVectors>
HOURGLASS_INLINE void spread_vectors(const Lanes& lanes, const Touches& touches, const float* const* pixels,
                                     const float* weights, const float* bias, std::int64_t first, float* many,
                                     bool add) {
  const std::int64_t row = lanes.vectors * kLanes;
  float* out[kVectors];
  Vector<kLanes> sums[kVectors][kPixels];
  for (int v = 0; v < kVectors; ++v) {
    out[v] = many + lanes.start(first + v);
    const Vector<kLanes> start = vector_at<kLanes>(bias + (first + v) * kLanes);
    for (int i = 0; i < kPixels; ++i) sums[v][i] = start;
    if (add) {
      for (int i = 0; i < kPixels; ++i) sums[v][i] += vector_at<kLanes>(out[v] + i * lanes.channels);
    }
  }
  const float* weight = weights + first * kLanes;
  for (std::int64_t tap = 0; tap < touches.taps; ++tap, weight += row) {
    const std::int64_t offset = touches.offsets[tap];
    for (int v = 0; v < kVectors; ++v) {
      const Vector<kLanes> w = vector_at<kLanes>(weight + v * kLanes);
      for (int i = 0; i < kPixels; ++i) sums[v][i] += pixels[i][offset] * w;
    }
  }
  for (int v = 0; v < kVectors; ++v) {
    for (int i = 0; i < kPixels; ++i) vector_at<kLanes>(out[v] + i * lanes.channels) = sums[v][i];
  }
}

template <int kLanes, int kPixels>
HOURGLASS_INLINE void spread_tile(const Lanes& lanes, const Touches& touches, const float* plane, const float* weights,
                                  const float* bias, const std::int32_t* bases, float* many, bool add) {
  const float* pixels[kPixels];
  for (int i = 0; i < kPixels; ++i) pixels[i] = plane + bases[i];
  std::int64_t v = 0;
  if constexpr (kLanes == 16) {  // 16 sums fit where a register holds 16 lanes
    // Vectors that overlap must not be added twice to the existing values.
    const std::int64_t pairable = add ? lanes.channels / kLanes : lanes.vectors;
    for (; v + 2 <= pairable; v += 2) {
      spread_vectors<kLanes, kPixels, 2>(lanes, touches, pixels, weights, bias, v, many, add);
    }
  }
  for (; v < lanes.vectors; ++v) {
    spread_vectors<kLanes, kPixels, 1>(lanes, touches, pixels, weights, bias, v, many, add);
  }
}

template <int kLanes>
HOURGLASS_INLINE void spread_all(const Lanes& lanes, const Touches& touches, const float* plane, const float* weights,
                                 const float* bias, std::int64_t first, std::int64_t count, float* many, bool add) {
  const std::int32_t* bases = touches.bases + first;
  in_tiles(count, [&](std::int64_t i, auto pixels) HOURGLASS_INLINE_LAMBDA {
    spread_tile<kLanes, pixels()>(lanes, touches, plane, weights, bias, bases + i, many + i * lanes.channels, add);
  });
}

// --- correlate ----------------------------------------------------------------------------------------------------

// Processes nine taps from `tap` on. With `kSum` the pixels themselves are summed too, in execution units that the
// products leave idle.
template <int kLanes, bool kSum>
HOURGLASS_INLINE void correlate_taps(const Lanes& lanes, const Touches& touches, const float* plane, const float* many,
                                     const std::int32_t* bases, std::int64_t count, std::int64_t tap, float* sums,
                                     float* pixel_sums) {
  const float* taps[kTapsAtOnce];
  for (int k = 0; k < kTapsAtOnce; ++k) taps[k] = plane + touches.offsets[tap + k];
  for (std::int64_t v = 0; v < lanes.vectors; ++v) {
    Vector<kLanes> totals[kTapsAtOnce] = {}, total = {};
    const float* pixel = many + lanes.start(v);
    for (std::int64_t i = 0; i < count; ++i, pixel += lanes.channels) {
      const Vector<kLanes> values = vector_at<kLanes>(pixel);
      const std::int64_t base = bases[i];
      for (int k = 0; k < kTapsAtOnce; ++k) totals[k] += taps[k][base] * values;
      if constexpr (kSum) total += values;
    }
    for (int k = 0; k < kTapsAtOnce; ++k)
      vector_at<kLanes>(sums + ((tap + k) * lanes.vectors + v) * kLanes) += totals[k];
    if constexpr (kSum) vector_at<kLanes>(pixel_sums + v * kLanes) += total;
  }
}

template <int kLanes>
HOURGLASS_INLINE void correlate_all(const Lanes& lanes, const Touches& touches, const float* plane, const float* many,
                                    std::int64_t first, std::int64_t count, float* sums, float* pixel_sums) {
  const std::int32_t* bases = touches.bases + first;
  std::int64_t tap = 0;
  if (pixel_sums != nullptr) {
    correlate_taps<kLanes, true>(lanes, touches, plane, many, bases, count, tap, sums, pixel_sums);
    tap += kTapsAtOnce;
  }
  for (; tap < touches.taps; tap += kTapsAtOnce) {
    correlate_taps<kLanes, false>(lanes, touches, plane, many, bases, count, tap, sums, pixel_sums);
  }
}

// --- gather -------------------------------------------------------------------------------------------------------

HOURGLASS_INLINE Vector<4> folded(const Vector<8>& x) {
  return __builtin_shufflevector(x, x, 0, 1, 2, 3) + __builtin_shufflevector(x, x, 4, 5, 6, 7);
}
HOURGLASS_INLINE Vector<4> folded(const Vector<16>& x) {
  return folded(Vector<8>(__builtin_shufflevector(x, x, 0, 1, 2, 3, 4, 5, 6, 7) +
                          __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15)));
}

// Returns the sums of the lanes of four vectors.
template <class AnyVector>
HOURGLASS_INLINE Vector<4> totals_of(const AnyVector& i, const AnyVector& j, const AnyVector& k, const AnyVector& l) {
  const Vector<4> a = folded(i), b = folded(j), c = folded(k), d = folded(l);
  const Vector<4> ab = __builtin_shufflevector(a, b, 0, 4, 1, 5) + __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const Vector<4> cd = __builtin_shufflevector(c, d, 0, 4, 1, 5) + __builtin_shufflevector(c, d, 2, 6, 3, 7);
  return __builtin_shufflevector(ab, cd, 0, 1, 4, 5) + __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
}

// Finishes the first `kPixels`, at most 4, of four pixels.
template <int kPixels>
HOURGLASS_INLINE void put_output(const Vector<4>& sums, float* thin, std::int64_t step, bool add) {
  for (int i = 0; i < kPixels; ++i) thin[i * step] = add ? thin[i * step] + sums[i] : sums[i];
}

template <int kLanes, int kPixels>
HOURGLASS_INLINE void gather_tile(const Lanes& lanes, const Region& region, const float* many, const float* weights,
                                  float bias, float* thin, bool add) {
  Vector<kLanes> totals[8];
  for (int i = 0; i < 8; ++i) totals[i] = Vector<kLanes>{};  // `= {}` for the whole array would call memset
  for (std::int64_t v = 0; v < lanes.vectors; ++v, weights += kLanes) {
    const float* const start = many + lanes.start(v);
    for (std::int64_t tap = 0; tap < region.taps; ++tap) {
      const Vector<kLanes> w = vector_at<kLanes>(weights + region.weight_offsets[tap]);
      const float* pixel = start + region.offsets[tap];
      for (int i = 0; i < kPixels; ++i, pixel += region.step) totals[i] += w * vector_at<kLanes>(pixel);
    }
  }
  put_output<(kPixels < 4 ? kPixels : 4)>(totals_of(totals[0], totals[1], totals[2], totals[3]) + bias, thin,
                                          region.thin_step, add);
  if constexpr (kPixels > 4) {
    put_output<kPixels - 4>(totals_of(totals[4], totals[5], totals[6], totals[7]) + bias, thin + 4 * region.thin_step,
                            region.thin_step, add);
  }
}

template <int kLanes>
HOURGLASS_INLINE void gather_all(const Lanes& lanes, const Region& region, const float* many, const float* weights,
                                 float bias, float* thin, bool add, const float* ahead, std::int64_t ahead_size) {
  const std::int64_t slice = (ahead_size + region.lines - 1) / region.lines;
  for (std::int64_t line = 0; line < region.lines; ++line) {
    for (std::int64_t i = line * slice; i < ahead_size && i < (line + 1) * slice; i += 16) {
      __builtin_prefetch(ahead + i, 0, 2);
    }
    in_tiles(region.count, [&](std::int64_t i, auto pixels) HOURGLASS_INLINE_LAMBDA {
      gather_tile<kLanes, pixels()>(lanes, region, many + i * region.step, weights, bias, thin + i * region.thin_step,
                                    add);
    });
    many += region.line_step;
    thin += region.thin_line;
  }
}

// --- for registers of 16 floats, and of fewer ----------------------------------------------------------------------

HOURGLASS_WIDE void spread_wide(const Lanes& lanes, const Touches& touches, const float* plane, const float* weights,
                                const float* bias, std::int64_t first, std::int64_t count, float* many, bool add) {
  spread_all<16>(lanes, touches, plane, weights, bias, first, count, many, add);
}
void spread_narrow(const Lanes& lanes, const Touches& touches, const float* plane, const float* weights,
                   const float* bias, std::int64_t first, std::int64_t count, float* many, bool add) {
  spread_all<8>(lanes, touches, plane, weights, bias, first, count, many, add);
}

HOURGLASS_WIDE void correlate_wide(const Lanes& lanes, const Touches& touches, const float* plane, const float* many,
                                   std::int64_t first, std::int64_t count, float* sums, float* pixel_sums) {
  correlate_all<16>(lanes, touches, plane, many, first, count, sums, pixel_sums);
}
void correlate_narrow(const Lanes& lanes, const Touches& touches, const float* plane, const float* many,
                      std::int64_t first, std::int64_t count, float* sums, float* pixel_sums) {
  correlate_all<8>(lanes, touches, plane, many, first, count, sums, pixel_sums);
}

HOURGLASS_WIDE void gather_wide(const Lanes& lanes, const Region& region, const float* many, const float* weights,
                                float bias, float* thin, bool add, const float* ahead, std::int64_t ahead_size) {
  gather_all<16>(lanes, region, many, weights, bias, thin, add, ahead, ahead_size);
}
void gather_narrow(const Lanes& lanes, const Region& region, const float* many, const float* weights, float bias,
                   float* thin, bool add, const float* ahead, std::int64_t ahead_size) {
  gather_all<8>(lanes, region, many, weights, bias, thin, add, ahead, ahead_size);
}

}  // namespace

void spread(const Lanes& lanes, const Touches& touches, const float* plane, const float* weights, const float* bias,
            std::int64_t first, std::int64_t count, float* many, bool add) {
  lanes.lanes == 16 ? spread_wide(lanes, touches, plane, weights, bias, first, count, many, add)
                    : spread_narrow(lanes, touches, plane, weights, bias, first, count, many, add);
}

void correlate(const Lanes& lanes, const Touches& touches, const float* plane, const float* many, std::int64_t first,
               std::int64_t count, float* sums, float* pixel_sums) {
  lanes.lanes == 16 ? correlate_wide(lanes, touches, plane, many, first, count, sums, pixel_sums)
                    : correlate_narrow(lanes, touches, plane, many, first, count, sums, pixel_sums);
}

void gather(const Lanes& lanes, const Region& region, const float* many, const float* weights, float bias, float* thin,
            bool add, const float* ahead, std::int64_t ahead_size) {
  lanes.lanes == 16 ? gather_wide(lanes, region, many, weights, bias, thin, add, ahead, ahead_size)
                    : gather_narrow(lanes, region, many, weights, bias, thin, add, ahead, ahead_size);
}

}  // namespace hourglass::compute

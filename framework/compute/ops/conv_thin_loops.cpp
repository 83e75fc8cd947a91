// Register tiles over vectors of channels. GCC's vector types stand for whatever registers the machine has.
#include "compute/ops/conv_thin_loops.hpp"

#include <type_traits>

#include "compute/multiversion.hpp"

namespace hourglass::compute {
namespace {

template <int kLanes>
struct VectorOf {
  using Type __attribute__((vector_size(kLanes * sizeof(float)), aligned(sizeof(float)), may_alias)) = float;
};
template <int kLanes>
using Vector = typename VectorOf<kLanes>::Type;

template <int kLanes>
HOURGLASS_INLINE Vector<kLanes>& at(float* values) {
  return *reinterpret_cast<Vector<kLanes>*>(values);
}
template <int kLanes>
HOURGLASS_INLINE const Vector<kLanes>& at(const float* values) {
  return *reinterpret_cast<const Vector<kLanes>*>(values);
}

// Calls tile(first, std::integral_constant<int, pixels>) so that the tiles, of at most 8 pixels, are about equally
// long: a tile of one or two would wait for each of its sums.
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

template <int kLanes, int kPixels>
HOURGLASS_INLINE void spread_tile(const Lanes& lanes, const Touches& touches, const float* plane, const float* weights,
                                  const float* bias, const std::int32_t* bases, float* many, bool add) {
  const float* pixels[kPixels];
  for (int i = 0; i < kPixels; ++i) pixels[i] = plane + bases[i];
  const std::int64_t vectors = lanes.vectors(), row = vectors * kLanes;
  for (std::int64_t v = 0; v < vectors; ++v) {
    float* const out = many + lanes.start(v);
    Vector<kLanes> sums[kPixels];
    for (int i = 0; i < kPixels; ++i) sums[i] = at<kLanes>(bias + v * kLanes);
    if (add) {
      for (int i = 0; i < kPixels; ++i) sums[i] += at<kLanes>(out + i * lanes.channels);
    }
    const float* weight = weights + v * kLanes;
    for (std::int64_t tap = 0; tap < touches.taps; ++tap, weight += row) {
      const Vector<kLanes> w = at<kLanes>(weight);
      const std::int64_t offset = touches.offsets[tap];
      for (int i = 0; i < kPixels; ++i) sums[i] += pixels[i][offset] * w;
    }
    for (int i = 0; i < kPixels; ++i) at<kLanes>(out + i * lanes.channels) = sums[i];
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

template <int kLanes>
HOURGLASS_INLINE void correlate_all(const Lanes& lanes, const Touches& touches, const float* plane, const float* many,
                                    std::int64_t first, std::int64_t count, float* sums) {
  const std::int32_t* bases = touches.bases + first;
  const std::int64_t vectors = lanes.vectors();
  for (std::int64_t tap = 0; tap < touches.taps; tap += kTapsAtOnce) {
    const float* taps[kTapsAtOnce];
    for (int k = 0; k < kTapsAtOnce; ++k) taps[k] = plane + touches.offsets[tap + k];
    for (std::int64_t v = 0; v < vectors; ++v) {
      Vector<kLanes> totals[kTapsAtOnce] = {};
      const float* pixel = many + lanes.start(v);
      for (std::int64_t i = 0; i < count; ++i, pixel += lanes.channels) {
        const Vector<kLanes> values = at<kLanes>(pixel);
        const std::int64_t base = bases[i];
        for (int k = 0; k < kTapsAtOnce; ++k) totals[k] += taps[k][base] * values;
      }
      for (int k = 0; k < kTapsAtOnce; ++k) at<kLanes>(sums + ((tap + k) * vectors + v) * kLanes) += totals[k];
    }
  }
}

// --- gather -------------------------------------------------------------------------------------------------------

template <int kLanes>
HOURGLASS_INLINE Vector<4> folded(const Vector<kLanes>& lanes) {
  if constexpr (kLanes == 4) {
    return lanes;
  } else {
    const auto* halves = reinterpret_cast<const float*>(&lanes);
    return folded<kLanes / 2>(at<kLanes / 2>(halves) + at<kLanes / 2>(halves + kLanes / 2));
  }
}

// The sums of four vectors' lanes.
template <int kLanes>
HOURGLASS_INLINE Vector<4> totals_of(const Vector<kLanes>* vectors) {
  const Vector<4> a = folded<kLanes>(vectors[0]), b = folded<kLanes>(vectors[1]);
  const Vector<4> c = folded<kLanes>(vectors[2]), d = folded<kLanes>(vectors[3]);
  const Vector<4> ab = __builtin_shufflevector(a, b, 0, 4, 1, 5) + __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const Vector<4> cd = __builtin_shufflevector(c, d, 0, 4, 1, 5) + __builtin_shufflevector(c, d, 2, 6, 3, 7);
  return __builtin_shufflevector(ab, cd, 0, 1, 4, 5) + __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
}

template <int kLanes, int kPixels>
HOURGLASS_INLINE void gather_tile(const Lanes& lanes, const Line& line, const float* many, const float* weights,
                                  float bias, float* thin, std::int64_t thin_step, bool add) {
  constexpr int kFours = (kPixels + 3) / 4;
  Vector<kLanes> totals[4 * kFours] = {};
  const std::int64_t vectors = lanes.vectors();
  for (std::int64_t v = 0; v < vectors; ++v, weights += kLanes) {
    const float* const start = many + lanes.start(v);
    for (std::int64_t tap = 0; tap < line.taps; ++tap) {
      const Vector<kLanes> w = at<kLanes>(weights + line.weight_offsets[tap]);
      const float* pixel = start + line.offsets[tap];
      for (int i = 0; i < kPixels; ++i, pixel += line.step) totals[i] += w * at<kLanes>(pixel);
    }
  }
  for (int four = 0; four < kFours; ++four) {
    const Vector<4> sums = totals_of<kLanes>(totals + 4 * four) + bias;
    for (int i = 4 * four; i < kPixels && i < 4 * four + 4; ++i) {
      float& out = thin[i * thin_step];
      out = add ? out + sums[i - 4 * four] : sums[i - 4 * four];
    }
  }
}

template <int kLanes>
HOURGLASS_INLINE void gather_all(const Lanes& lanes, const Line& line, const float* many, const float* weights,
                                 float bias, float* thin, std::int64_t thin_step, bool add) {
  in_tiles(line.count, [&](std::int64_t i, auto pixels) HOURGLASS_INLINE_LAMBDA {
    gather_tile<kLanes, pixels()>(lanes, line, many + line.first + i * line.step, weights, bias, thin + i * thin_step,
                                  thin_step, add);
  });
}

}  // namespace

HOURGLASS_MULTIVERSION void spread(const Lanes& lanes, const Touches& touches, const float* plane, const float* weights,
                                   const float* bias, std::int64_t first, std::int64_t count, float* many, bool add) {
  if (lanes.lanes == 16) {
    spread_all<16>(lanes, touches, plane, weights, bias, first, count, many, add);
  } else {
    spread_all<8>(lanes, touches, plane, weights, bias, first, count, many, add);
  }
}

HOURGLASS_MULTIVERSION void correlate(const Lanes& lanes, const Touches& touches, const float* plane, const float* many,
                                      std::int64_t first, std::int64_t count, float* sums) {
  if (lanes.lanes == 16) {
    correlate_all<16>(lanes, touches, plane, many, first, count, sums);
  } else {
    correlate_all<8>(lanes, touches, plane, many, first, count, sums);
  }
}

HOURGLASS_MULTIVERSION void gather(const Lanes& lanes, const Line& line, const float* many, const float* weights,
                                   float bias, float* thin, std::int64_t thin_step, bool add) {
  if (lanes.lanes == 16) {
    gather_all<16>(lanes, line, many, weights, bias, thin, thin_step, add);
  } else {
    gather_all<8>(lanes, line, many, weights, bias, thin, thin_step, add);
  }
}

}  // namespace hourglass::compute

// The loops of convolutions between an image with many channels and one with few. Vectors run over the many channels.
// The thin image is copied to a padded plane, so that each tap is at a fixed offset. Single-threaded.
#pragma once

#include <cstdint>

namespace hourglass::compute {

/// How the many channels are split into vectors of `lanes`, 16 or 8. The last vector may overlap the one before it.
struct Lanes {
  std::int64_t channels = 0;
  std::int64_t lanes = 16;
  std::int64_t vectors = 0;

  Lanes() = default;
  Lanes(std::int64_t channels_, std::int64_t lanes_)
      : channels(channels_), lanes(lanes_), vectors((channels_ + lanes_ - 1) / lanes_) {}

  std::int64_t start(std::int64_t vector) const {
    const std::int64_t first = vector * lanes;
    return first + lanes > channels ? channels - lanes : first;
  }
  std::int64_t padded() const { return vectors * lanes; }
};

/// The pixels of the plane that each pixel of the many-channelled image meets: bases[pixel] + offsets[tap]. A tap is a
/// position in the kernel and a channel of the thin image.
struct Touches {
  const std::int32_t* bases = nullptr;
  const std::int32_t* offsets = nullptr;
  std::int64_t taps = 0;
};

/// Computes many [count, channels] = bias + sum over taps of plane * weights, for pixels from `first` on, or adds to
/// it. weights [taps, vectors, lanes], bias [vectors, lanes].
void spread(const Lanes& lanes, const Touches& touches, const float* plane, const float* weights, const float* bias,
            std::int64_t first, std::int64_t count, float* many, bool add);

/// sums [taps, vectors, lanes] += sum over pixels of plane * many, for `count` pixels from `first` on, and pixel_sums
/// [vectors, lanes] += sum over pixels of many, unless null. The number of taps is a multiple of kTapsAtOnce.
inline constexpr std::int64_t kTapsAtOnce = 9;
void correlate(const Lanes& lanes, const Touches& touches, const float* plane, const float* many, std::int64_t first,
               std::int64_t count, float* sums, float* pixel_sums);

/// Thin pixels that meet the many-channelled image in the same way: `lines` lines of `count`. Pixel i of line l reads,
/// for each tap, channels from many[l * line_step + i * step + offsets[tap]] on, and weights from
/// weights[weight_offsets[tap]] on; its own position is thin[l * thin_line + i * thin_step].
struct Region {
  std::int64_t lines = 0, line_step = 0, thin_line = 0;
  std::int64_t count = 0, step = 0, thin_step = 0;
  const std::int32_t* offsets = nullptr;
  const std::int32_t* weight_offsets = nullptr;
  std::int64_t taps = 0;
};
/// Computes thin = bias + sum over taps and channels of weights [.., vectors, lanes] * many, or adds to it. Weights of
/// lanes that overlap the previous vector are 0. Meanwhile prefetches the `ahead_size` floats at `ahead`, which are
/// needed next: the hardware prefetcher does not anticipate several rows at once.
void gather(const Lanes& lanes, const Region& region, const float* many, const float* weights, float bias, float* thin,
            bool add, const float* ahead, std::int64_t ahead_size);

}  // namespace hourglass::compute

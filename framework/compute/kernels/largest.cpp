// Searches for the smallest key to keep with counting passes, which vectorise, unlike sorting and heaps.
#include "compute/kernels/largest.hpp"

#include <bit>
#include <cstring>
#include <limits>

#include "base/multiversion.hpp"

namespace hourglass::compute {
namespace {

constexpr std::int64_t kLeastKey = std::numeric_limits<std::int32_t>::min();
constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();

/// Bounds on the smallest key to keep: it is in [low, high).
struct Bounds {
  std::int64_t low = kLeastKey, high = kMost + 1;
  std::int64_t from_low, from_high = 0;  ///< number of keys >= low, which is enough; number >= high, which is too few
};

HOURGLASS_INLINE std::int64_t count_from(const std::int32_t* keys, std::int64_t size, std::int32_t least) {
  std::int32_t total = 0;
  for (std::int64_t i = 0; i < size; ++i) total += keys[i] >= least ? 1 : 0;
  return total;
}

struct Ends {
  std::int32_t least = std::numeric_limits<std::int32_t>::max(), most = std::numeric_limits<std::int32_t>::min();
};

// Returns the least and the greatest key in [low, most].
HOURGLASS_INLINE Ends ends_within(const std::int32_t* keys, std::int64_t size, std::int32_t low, std::int32_t most) {
  Ends ends;
  for (std::int64_t i = 0; i < size; ++i) {
    const std::int32_t from_low = keys[i] < low ? std::numeric_limits<std::int32_t>::max() : keys[i];
    const std::int32_t to_most = keys[i] > most ? std::numeric_limits<std::int32_t>::min() : keys[i];
    ends.least = from_low < ends.least ? from_low : ends.least;
    ends.most = to_most > ends.most ? to_most : ends.most;
  }
  return ends;
}

HOURGLASS_INLINE void narrow(Bounds& bounds, std::int64_t probe, std::int64_t from_probe, std::int64_t count) {
  if (from_probe >= count) {
    bounds.low = probe;
    bounds.from_low = from_probe;
  } else {
    bounds.high = probe;
    bounds.from_high = from_probe;
  }
}

HOURGLASS_INLINE bool decided(const Bounds& bounds, std::int64_t count) {
  return bounds.from_low == count || bounds.high - bounds.low == 1;
}

// Returns where to probe next between the bounds: where the key would be if keys were evenly distributed, or the
// middle, so that no distribution makes the search long.
HOURGLASS_INLINE std::int64_t next_probe(const Bounds& bounds, std::int64_t count, bool middle) {
  const std::int64_t width = bounds.high - bounds.low;
  std::int64_t offset = width / 2;
  if (!middle) {
    const double share =
        (static_cast<double>(bounds.from_low - count) + 0.5) / static_cast<double>(bounds.from_low - bounds.from_high);
    offset = static_cast<std::int64_t>(static_cast<double>(width) * share);
  }
  offset = offset < 1 ? 1 : offset;
  return bounds.low + (offset >= width ? width - 1 : offset);
}

// Narrows the bounds until at most `enough` keys remain above the lower one, or the result is certain.
// `count_keys(least)` and `end_keys(low, most)` are passes over all keys.
template <class CountKeys, class EndKeys>
HOURGLASS_INLINE void search(Bounds& bounds, std::int64_t count, std::int64_t enough, std::int64_t probe,
                             CountKeys count_keys, EndKeys end_keys) {
  if (probe > bounds.low && probe < bounds.high)
    narrow(bounds, probe, count_keys(static_cast<std::int32_t>(probe)), count);
  for (int pass = 0; bounds.from_low > enough && !decided(bounds, count); ++pass) {
    if (pass % 4 == 0) {
      // If bounds are keys, few passes tell equal keys from close ones.
      const Ends ends = end_keys(static_cast<std::int32_t>(bounds.low), static_cast<std::int32_t>(bounds.high - 1));
      bounds.low = ends.least;
      bounds.high = static_cast<std::int64_t>(ends.most) + 1;
      if (decided(bounds, count)) return;
    }
    const std::int64_t next = next_probe(bounds, count, pass % 3 == 2);
    narrow(bounds, next, count_keys(static_cast<std::int32_t>(next)), count);
  }
}

// Calls visit(i) for the keys that are at least `least`, in order. Comparisons are packed into bits through bytes: a
// branch or a dependent store per key would take ten times as long.
template <class Visit>
HOURGLASS_INLINE void visit_from(const std::int32_t* keys, std::int64_t size, std::int32_t least, Visit visit) {
  constexpr std::int64_t kChunk = 512, kWord = 64;
  std::uint8_t flags[kChunk];
  for (std::int64_t first = 0; first < size; first += kChunk) {
    const std::int64_t length = size - first < kChunk ? size - first : kChunk;
    for (std::int64_t i = 0; i < length; ++i) flags[i] = keys[first + i] >= least ? 1 : 0;
    const std::int64_t words = (length + kWord - 1) / kWord;
    for (std::int64_t i = length; i < words * kWord; ++i) flags[i] = 0;
    for (std::int64_t word = 0; word < words; ++word) {
      std::uint64_t bits = 0;
      for (std::int64_t part = 0; part < 8; ++part) {
        std::uint64_t bytes;
        std::memcpy(&bytes, flags + word * kWord + part * 8, sizeof bytes);
        // Bit i of the highest byte of the product is byte i, on a little-endian machine.
        bits |= (bytes * 0x0102040810204080u >> 56) << (8 * part);
      }
      for (; bits != 0; bits &= bits - 1) visit(first + word * kWord + std::countr_zero(bits));
    }
  }
}

}  // namespace

HOURGLASS_MULTIVERSION void order_keys(const float* values, std::int64_t size, std::int32_t* keys) {
  for (std::int64_t i = 0; i < size; ++i) {
    // Adding zero turns -0 into 0. The bits of negative floats grow downwards.
    const auto bits = __builtin_bit_cast(std::int32_t, values[i] + 0.0f);
    const std::int32_t magnitude = bits & 0x7fffffff;
    const std::int32_t ordered = bits ^ ((bits >> 31) & 0x7fffffff);
    keys[i] = magnitude > 0x7f800000 ? std::numeric_limits<std::int32_t>::max() : ordered;
  }
}

HOURGLASS_MULTIVERSION void choose_largest(const std::int32_t* keys, std::int64_t size, std::int64_t count,
                                           std::int32_t& guess, const ChooseRoom& room, std::int32_t* positions) {
  const auto search_in = [count](const std::int32_t* among, std::int64_t length, Bounds& bounds, std::int64_t enough,
                                 std::int64_t probe) HOURGLASS_INLINE_LAMBDA {
    search(
        bounds, count, enough, probe,
        [=](std::int32_t least) HOURGLASS_INLINE_LAMBDA { return count_from(among, length, least); },
        [=](std::int32_t low, std::int32_t most)
            HOURGLASS_INLINE_LAMBDA { return ends_within(among, length, low, most); });
  };
  Bounds bounds{.from_low = size};
  search_in(keys, size, bounds, 2 * count + 16, guess);

  // First collect the candidates for the largest, then search among these only.
  std::int64_t candidates = 0;
  visit_from(keys, size, static_cast<std::int32_t>(bounds.low), [&](std::int64_t i) HOURGLASS_INLINE_LAMBDA {
    room.keys[candidates] = keys[i];
    room.positions[candidates] = static_cast<std::int32_t>(i);
    ++candidates;
  });
  search_in(room.keys, candidates, bounds, 0, kLeastKey);

  const auto least = static_cast<std::int32_t>(bounds.low);
  std::int64_t kept = 0;
  if (bounds.from_low == count) {
    visit_from(room.keys, candidates, least,
               [&](std::int64_t i) HOURGLASS_INLINE_LAMBDA { positions[kept++] = room.positions[i]; });
  } else {
    // Of the keys equal to the last one, only the first are kept.
    std::int64_t equal = count - bounds.from_high;
    visit_from(room.keys, candidates, least, [&](std::int64_t i) HOURGLASS_INLINE_LAMBDA {
      if (room.keys[i] == least && equal-- <= 0) return;
      positions[kept++] = room.positions[i];
    });
  }
  // Slightly below this row's threshold, so that the next row's largest are probably all above it, with few others.
  constexpr std::int32_t kQuarterOctave = 1 << 21;
  guess = least > kLeastKey + kQuarterOctave ? least - kQuarterOctave : least;
}

}  // namespace hourglass::compute

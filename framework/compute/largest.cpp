// A search for the smallest key that is kept, by counting passes, which vectorise where sorting and heaps do not.
#include "compute/largest.hpp"

#include <limits>

#include "compute/multiversion.hpp"

namespace hourglass::compute {
namespace {

constexpr std::int64_t kLeast = std::numeric_limits<std::int32_t>::min();
constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();

/// What is known of the smallest key that is kept: it is in [low, high).
struct Bounds {
  std::int64_t low = kLeast, high = kMost + 1;
  std::int64_t from_low, from_high = 0;  ///< how many keys are at least so large: enough; too few
};

HOURGLASS_INLINE std::int64_t count_from(const std::int32_t* keys, std::int64_t size, std::int32_t least) {
  std::int32_t total = 0;
  for (std::int64_t i = 0; i < size; ++i) total += keys[i] >= least ? 1 : 0;
  return total;
}

struct Ends {
  std::int32_t least = std::numeric_limits<std::int32_t>::max(), most = std::numeric_limits<std::int32_t>::min();
};

// The least and the largest key in [low, most].
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

// Where between the bounds to look next: where the key would be if counts fell evenly, or in the middle, so that no
// distribution makes the search long.
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

// Narrows the bounds until at most `enough` keys are left above the lower one, or all is decided. `count_keys(least)`
// and `end_keys(low, most)` are passes over all keys.
template <class CountKeys, class EndKeys>
HOURGLASS_INLINE void search(Bounds& bounds, std::int64_t count, std::int64_t enough, std::int64_t probe,
                             CountKeys count_keys, EndKeys end_keys) {
  if (probe > bounds.low && probe < bounds.high)
    narrow(bounds, probe, count_keys(static_cast<std::int32_t>(probe)), count);
  for (int pass = 0; bounds.from_low > enough && !decided(bounds, count); ++pass) {
    if (pass % 4 == 0) {
      // Bounds that are keys: few passes then tell equal keys from close ones.
      const Ends ends = end_keys(static_cast<std::int32_t>(bounds.low), static_cast<std::int32_t>(bounds.high - 1));
      bounds.low = ends.least;
      bounds.high = static_cast<std::int64_t>(ends.most) + 1;
      if (decided(bounds, count)) return;
    }
    const std::int64_t next = next_probe(bounds, count, pass % 3 == 2);
    narrow(bounds, next, count_keys(static_cast<std::int32_t>(next)), count);
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

  // What may be among the largest, and then the search among these alone.
  std::int32_t candidates = 0;
  const auto low = static_cast<std::int32_t>(bounds.low);
  for (std::int64_t i = 0; i < size; ++i) {
    room.keys[candidates] = keys[i];
    room.positions[candidates] = static_cast<std::int32_t>(i);
    candidates += keys[i] >= low ? 1 : 0;
  }
  search_in(room.keys, candidates, bounds, 0, kLeast);

  const auto least = static_cast<std::int32_t>(bounds.low);
  std::int64_t kept = 0, equal = bounds.from_low == count ? count : count - bounds.from_high;
  for (std::int32_t i = 0; kept < count; ++i) {
    const bool ties = room.keys[i] == least && equal > 0;
    equal -= ties ? 1 : 0;
    positions[kept] = room.positions[i];
    kept += room.keys[i] > least || ties ? 1 : 0;
  }
  // A little below this row's, so that the next row's largest are probably all above it, with few others.
  constexpr std::int32_t kQuarterOctave = 1 << 21;
  guess = least > kLeast + kQuarterOctave ? least - kQuarterOctave : least;
}

}  // namespace hourglass::compute

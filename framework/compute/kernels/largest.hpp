// Finds the largest of many numbers without sorting them.
#pragma once

#include <cstdint>

namespace hourglass::compute {

/// Writes integers in the order of the floats: both zeros have the same key, and the key of a NaN is above all others.
void order_keys(const float* values, std::int64_t size, std::int32_t* keys);

/// Scratch memory for choose_largest(): two arrays with as many elements as there are keys.
struct ChooseRoom {
  std::int32_t* keys;
  std::int32_t* positions;
};

/// Writes the positions of the `count` largest of [size] keys, 1 <= count <= size, ascending; of equal keys, the first.
/// `guess` may have any value and only affects speed: pass the same variable for similar arrays. Single-threaded.
void choose_largest(const std::int32_t* keys, std::int64_t size, std::int64_t count, std::int32_t& guess,
                    const ChooseRoom& room, std::int32_t* positions);

}  // namespace hourglass::compute

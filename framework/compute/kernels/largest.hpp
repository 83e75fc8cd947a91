// The largest of many numbers, without sorting them.
#pragma once

#include <cstdint>

namespace hourglass::compute {

/// Writes integers in the order of the floats: both zeros have one key, and a NaN's is above all others.
void order_keys(const float* values, std::int64_t size, std::int32_t* keys);

/// Room for choose_largest(): two arrays of as many numbers as there are keys.
struct ChooseRoom {
  std::int32_t* keys;
  std::int32_t* positions;
};

/// Writes the positions of the `count` largest of [size] keys, 1 <= count <= size, ascending; of equal ones the first.
/// `guess` speeds up the search, whatever it is: give the same variable for arrays that are alike. One thread.
void choose_largest(const std::int32_t* keys, std::int64_t size, std::int64_t count, std::int32_t& guess,
                    const ChooseRoom& room, std::int32_t* positions);

}  // namespace hourglass::compute

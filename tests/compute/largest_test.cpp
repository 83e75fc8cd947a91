// The choice of the largest, compared with sorting, on difficult numbers.
#include "compute/kernels/largest.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

namespace hourglass::compute {
namespace {

constexpr float kLargestFloat = std::numeric_limits<float>::infinity();
constexpr float kNotANumber = std::numeric_limits<float>::quiet_NaN();

std::vector<std::int32_t> keys_of(const std::vector<float>& values) {
  std::vector<std::int32_t> keys(values.size());
  order_keys(values.data(), static_cast<std::int64_t>(values.size()), keys.data());
  return keys;
}

std::vector<std::int32_t> chosen(const std::vector<float>& values, std::int64_t count, std::int32_t guess = 0) {
  const auto keys = keys_of(values);
  std::vector<std::int32_t> room_keys(keys.size()), room_positions(keys.size()),
      positions(static_cast<std::size_t>(count));
  choose_largest(keys.data(), static_cast<std::int64_t>(keys.size()), count, guess,
                 {room_keys.data(), room_positions.data()}, positions.data());
  return positions;
}

std::vector<std::int32_t> sorted_choice(const std::vector<float>& values, std::int64_t count) {
  std::vector<std::int32_t> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
    return values[static_cast<std::size_t>(a)] > values[static_cast<std::size_t>(b)];
  });
  order.resize(static_cast<std::size_t>(count));
  std::sort(order.begin(), order.end());
  return order;
}

TEST_CASE("order_keys: keys are in the order of the floats") {
  const std::vector<float> ascending = {-kLargestFloat, -3e38f, -1, -1e-40f, 0, 1e-45f, 1e-3f, 1, 3e38f, kLargestFloat};
  const auto keys = keys_of(ascending);
  for (std::size_t i = 1; i < keys.size(); ++i) CHECK(keys[i - 1] < keys[i]);
}

TEST_CASE("order_keys: both zeros have the same key, and a NaN of any sign is above infinity") {
  const auto keys = keys_of({0.0f, -0.0f, kNotANumber, -kNotANumber, kLargestFloat});
  CHECK(keys[0] == keys[1]);
  CHECK(keys[2] > keys[4]);
  CHECK(keys[3] > keys[4]);
}

TEST_CASE("choose_largest: agrees with sorting on numbers of many distributions") {
  std::mt19937 engine(7);
  std::normal_distribution<float> normal;
  for (const std::size_t size : {1u, 2u, 17u, 500u}) {
    for (int kind = 0; kind < 6; ++kind) {
      std::vector<float> values(size);
      for (float& value : values) {
        const float x = normal(engine);
        switch (kind) {
          case 0: value = x; break;
          case 1: value = x > 0 ? x : 0; break;         // relu: many equal
          case 2: value = std::round(x); break;         // few values
          case 3: value = x * std::exp(20 * x); break;  // all magnitudes
          case 4: value = 1 + 1e-6f * x; break;         // neighbours
          default: value = x > 2 ? -kLargestFloat : (x > 1 ? kLargestFloat : -0.0f);
        }
      }
      for (const std::int64_t count : {1l, 2l, 16l, 25l, 499l, 500l}) {
        if (count > static_cast<std::int64_t>(size)) continue;
        CAPTURE(size);
        CAPTURE(kind);
        CAPTURE(count);
        const auto wanted = sorted_choice(values, count);
        CHECK(chosen(values, count) == wanted);
      }
    }
  }
}

TEST_CASE("choose_largest: the guess does not change the choice") {
  std::vector<float> values(300);
  std::mt19937 engine(9);
  for (float& value : values) value = static_cast<float>(engine() % 50) - 25;
  const auto wanted = sorted_choice(values, 40);
  for (const std::int32_t guess :
       {std::numeric_limits<std::int32_t>::min(), -5, 0, 1 << 30, std::numeric_limits<std::int32_t>::max()}) {
    CHECK(chosen(values, 40, guess) == wanted);
  }
}

TEST_CASE("choose_largest: a NaN is chosen first") {
  CHECK(chosen({1, kLargestFloat, kNotANumber, 5}, 1) == std::vector<std::int32_t>{2});
  CHECK(chosen({1, kLargestFloat, -kNotANumber, 5}, 2) == std::vector<std::int32_t>{1, 2});
}

}  // namespace
}  // namespace hourglass::compute

// The host's random numbers: known answers, the same bits on every instruction set, and the distributions.
#include "base/random.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <numeric>
#include <vector>

#include "base/random_kernels.hpp"

using hourglass::base::PhiloxRng;
using hourglass::base::Stream;
namespace kernels = hourglass::base::random_kernels;

namespace {

constexpr std::size_t kMany = 1 << 20;

std::vector<float> normals(std::uint64_t seed, std::size_t count) {
  PhiloxRng rng(seed, Stream::noise, 0, 0);
  std::vector<float> values(count);
  rng.normal(values);
  return values;
}

std::vector<float> uniforms(std::uint64_t seed, std::size_t count) {
  PhiloxRng rng(seed, Stream::noise, 0, 0);
  std::vector<float> values(count);
  rng.uniform(values);
  return values;
}

/// Largest distance between the empirical distribution of `values` and `cdf`, times the root of the count (Kolmogorov).
template <class Cdf>
double kolmogorov(std::vector<float> values, Cdf cdf) {
  std::sort(values.begin(), values.end());
  const auto count = static_cast<double>(values.size());
  double distance = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double p = cdf(static_cast<double>(values[i]));
    distance = std::max({distance, p - static_cast<double>(i) / count, static_cast<double>(i + 1) / count - p});
  }
  return distance * std::sqrt(count);
}
constexpr double kKolmogorovBound = 1.95;  // exceeded by chance once in 1000 seeds

double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
  kernels::Words words;
  kernels::philox(key.data(), counter[0], counter.data(), words);
  return {words.word[0][0], words.word[1][0], words.word[2][0], words.word[3][0]};
}

}  // namespace

TEST_CASE("philox: known answers of Random123 for philox4x32 with 10 rounds") {
  CHECK(philox({0, 0, 0, 0}, {0, 0}) == std::array<std::uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  constexpr std::uint32_t ones = 0xffffffff;
  CHECK(philox({ones, ones, ones, ones}, {ones, ones}) ==
        std::array<std::uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        std::array<std::uint32_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("random: seed, stream, epoch and sample are the key and the counter of philox") {
  PhiloxRng rng(0x299f31d0a4093822, Stream::noise, 0x0000000713198a2e, 0x85a308d3);
  std::vector<std::uint32_t> words(8);
  rng.bits(words);
  const auto second = philox({1, 0x85a308d3, 0x13198a2e, 3 | 7 << 8}, {0xa4093822, 0x299f31d0});
  CHECK(std::equal(second.begin(), second.end(), words.begin() + 4));
}

TEST_CASE("random: a change of any part of the key changes the numbers") {
  const auto first = [](std::uint64_t seed, Stream stream, std::uint64_t epoch, std::uint64_t sample) {
    PhiloxRng rng(seed, stream, epoch, sample);
    std::array<std::uint32_t, 4> words;
    rng.bits(words);
    return words;
  };
  const auto base = first(1, Stream::noise, 2, 3);
  CHECK(base == first(1, Stream::noise, 2, 3));
  CHECK(base != first(2, Stream::noise, 2, 3));
  CHECK(base != first(std::uint64_t{1} << 32 | 1, Stream::noise, 2, 3));
  CHECK(base != first(1, Stream::dropout, 2, 3));
  CHECK(base != first(1, Stream::noise, 3, 3));
  CHECK(base != first(1, Stream::noise, std::uint64_t{1} << 32 | 2, 3));
  CHECK(base != first(1, Stream::noise, 2, 4));
}

TEST_CASE("random: every instruction set gives the bits of the baseline") {
  const std::uint32_t key[2] = {7, 0}, counter[4] = {0, 0, 0, static_cast<std::uint32_t>(Stream::noise)};
  constexpr std::int64_t groups = 1000;
  std::vector<float> baseline(groups * kernels::kGroup);
  kernels::fill_normal(key, counter, groups, baseline.data());
  auto dispatched = normals(7, baseline.size());
  CHECK(std::memcmp(baseline.data(), dispatched.data(), baseline.size() * sizeof(float)) == 0);
  kernels::fill_uniform(key, counter, groups, baseline.data());
  dispatched = uniforms(7, baseline.size());
  CHECK(std::memcmp(baseline.data(), dispatched.data(), baseline.size() * sizeof(float)) == 0);
}

TEST_CASE("random: the bits of normal numbers are those of earlier versions") {
  const auto values = normals(42, 10000);
  std::uint64_t sum = 0;
  for (const float value : values) sum = sum * 31 + std::bit_cast<std::uint32_t>(value);
  CHECK(sum == 7631003118926556257u);
}

TEST_CASE("random: filling in pieces of multiples of four gives the same numbers as filling at once") {
  const auto whole = normals(5, 1001);
  PhiloxRng rng(5, Stream::noise, 0, 0);
  std::vector<float> pieces(whole.size());
  std::size_t first = 0;
  for (const std::size_t size : {4, 128, 12, 256, 600, 1}) {
    rng.normal(std::span(pieces).subspan(first, size));
    first += size;
  }
  REQUIRE(first == whole.size());
  CHECK(pieces == whole);
}

TEST_CASE("random: draws of one number differ from each other") {
  PhiloxRng rng(5, Stream::noise, 0, 0);
  CHECK(rng.uniform() != rng.uniform());
}

TEST_CASE("random: uniform numbers lie in [0, 1) and are uniform") {
  const auto values = uniforms(1, kMany);
  CHECK(*std::min_element(values.begin(), values.end()) >= 0.0f);
  CHECK(*std::max_element(values.begin(), values.end()) < 1.0f);
  CHECK(kolmogorov(values, [](double x) { return x; }) < kKolmogorovBound);
}

TEST_CASE("random: normal numbers are normal, in their moments and as a whole") {
  const auto values = normals(2, kMany);
  double moments[5] = {};
  for (const float value : values) {
    double power = 1;
    for (auto& moment : moments) moment += power / kMany, power *= static_cast<double>(value);
  }
  const double error =
      1 / std::sqrt(static_cast<double>(kMany));  // of the mean; each bound is four standard deviations
  CHECK(std::abs(moments[1]) < 4 * error);
  CHECK(std::abs(moments[2] - 1) < 4 * std::sqrt(2.0) * error);
  CHECK(std::abs(moments[3]) < 4 * std::sqrt(15.0) * error);
  CHECK(std::abs(moments[4] - 3) < 4 * std::sqrt(96.0) * error);
  CHECK(kolmogorov(values, normal_cdf) < kKolmogorovBound);
}

TEST_CASE("random: the tails of normal numbers have the right weight") {
  const auto values = normals(3, 8 * kMany);
  const auto beyond = std::count_if(values.begin(), values.end(), [](float x) { return std::abs(x) > 4.0f; });
  const double expected = 2 * normal_cdf(-4) * static_cast<double>(values.size());
  CHECK(std::abs(static_cast<double>(beyond) - expected) < 4 * std::sqrt(expected));
  const float largest = std::abs(*std::max_element(values.begin(), values.end()));
  CHECK(largest > 4.7f);
  CHECK(largest < 6.7f);
}

TEST_CASE("random: the four numbers of a block are not correlated") {
  const auto values = normals(4, kMany);
  for (std::size_t lag = 1; lag <= 4; ++lag) {
    double sum = 0;
    for (std::size_t i = 0; i + lag < values.size(); ++i) sum += static_cast<double>(values[i] * values[i + lag]);
    CHECK(std::abs(sum / kMany) < 4 / std::sqrt(static_cast<double>(kMany)));
  }
}

TEST_CASE("random: Box-Muller is exact to 1e-6 and finite for all extreme words") {
  constexpr double kTolerance = 1e-6;  // of values up to 6.7: two units in the last place
  const std::uint32_t words[] = {0,          1,          2,          3,          0x1fffffff, 0x20000000,
                                 0x20000001, 0x3fffffff, 0x40000000, 0x5fffffff, 0x60000000, 0x7fffffff,
                                 0x80000000, 0x9fffffff, 0xa0000000, 0xbfffffff, 0xc0000000, 0xdfffffff,
                                 0xe0000000, 0xffffff7f, 0xfffffffe, 0xffffffff, 0x12345678, 0xdeadbeef};
  double worst = 0;
  for (const auto a : words) {
    for (const auto b : words) {
      float x, y;
      kernels::box_muller(a, b, x, y);
      REQUIRE(std::isfinite(x));
      REQUIRE(std::isfinite(y));
      const double u = static_cast<double>((static_cast<float>(a >> 1) + 0.5f) * 0x1p-31f);
      const double radius = std::sqrt(-2 * std::log(u)), angle = 2 * std::acos(-1.0) * b / 4294967296.0;
      worst = std::max({worst, std::abs(static_cast<double>(x) - radius * std::cos(angle)),
                        std::abs(static_cast<double>(y) - radius * std::sin(angle))});
    }
  }
  CHECK(worst < kTolerance);
}

TEST_CASE("random: the logarithm is exact to 1e-7 of its value over (0, 1]") {
  constexpr double kTolerance = 1.2e-7;  // one unit in the last place
  double worst = 0;
  for (std::uint32_t bits = std::bit_cast<std::uint32_t>(0x1p-32f); bits < std::bit_cast<std::uint32_t>(1.0f);
       bits += 9973) {
    const float x = std::bit_cast<float>(bits);
    const double exact = std::log(static_cast<double>(x));
    worst = std::max(worst, std::abs((static_cast<double>(kernels::log_of(x)) - exact) / exact));
  }
  CHECK(worst < kTolerance);
}

TEST_CASE("random: shuffle gives a permutation that depends on the key") {
  std::vector<std::int64_t> order(10000), other(10000), again(10000);
  PhiloxRng rng(1, Stream::order, 0, 0), other_rng(1, Stream::order, 1, 0), again_rng(1, Stream::order, 0, 0);
  shuffle(order, rng);
  shuffle(other, other_rng);
  shuffle(again, again_rng);
  CHECK(order == again);
  CHECK(order != other);
  auto sorted = order;
  std::sort(sorted.begin(), sorted.end());
  std::vector<std::int64_t> identity(order.size());
  std::iota(identity.begin(), identity.end(), 0);
  CHECK(sorted == identity);
  CHECK(order != identity);
}

TEST_CASE("random: shuffle of four gives all 24 orders equally often") {
  constexpr int kRounds = 24000;
  std::array<int, 256> counts{};
  for (int i = 0; i < kRounds; ++i) {
    std::array<std::int64_t, 4> order;
    PhiloxRng rng(1, Stream::order, 0, static_cast<std::uint64_t>(i));
    shuffle(order, rng);
    ++counts[static_cast<std::size_t>(order[0] + 4 * order[1] + 16 * order[2] + 64 * order[3])];
  }
  int seen = 0;
  for (const int count : counts) {
    if (count == 0) continue;
    ++seen;
    CHECK(std::abs(count - kRounds / 24) < 5 * std::sqrt(kRounds / 24.0));
  }
  CHECK(seen == 24);
}

TEST_CASE("random: shuffling zero or one element changes nothing") {
  PhiloxRng rng(1, Stream::order, 0, 0);
  shuffle({}, rng);
  std::vector<std::int64_t> one = {7};
  shuffle(one, rng);
  CHECK(one == std::vector<std::int64_t>{0});
}

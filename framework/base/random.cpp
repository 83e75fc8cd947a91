// PhiloxRng: keys; whole groups go directly into the caller's span, the rest through one group on the stack.
#include "base/random.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/multiversion.hpp"
#include "base/random_kernels.hpp"

namespace hourglass::base {
namespace {

using random_kernels::kGroup;
using random_kernels::kLanes;

HOURGLASS_MULTIVERSION void fill(const std::uint32_t* key, const std::uint32_t* counter, std::int64_t groups,
                                 std::uint32_t* out) {
  random_kernels::fill_bits(key, counter, groups, out);
}
HOURGLASS_MULTIVERSION void fill_uniform(const std::uint32_t* key, const std::uint32_t* counter, std::int64_t groups,
                                         float* out) {
  random_kernels::fill_uniform(key, counter, groups, out);
}
HOURGLASS_MULTIVERSION void fill_normal(const std::uint32_t* key, const std::uint32_t* counter, std::int64_t groups,
                                        float* out) {
  random_kernels::fill_normal(key, counter, groups, out);
}

template <class T, class Fill>
void fill_span(const std::uint32_t* key, std::uint32_t* counter, std::span<T> out, Fill fill) {
  const auto groups = static_cast<std::int64_t>(out.size() / kGroup);
  if (groups > 0) fill(key, counter, groups, out.data());
  counter[0] += static_cast<std::uint32_t>(groups * kLanes);
  const auto rest = out.subspan(static_cast<std::size_t>(groups * kGroup));
  if (rest.empty()) return;
  std::array<T, kGroup> last;
  fill(key, counter, 1, last.data());
  std::copy_n(last.begin(), rest.size(), rest.begin());
  counter[0] += static_cast<std::uint32_t>((rest.size() + 3) / 4);
}

}  // namespace

// The counter is (block, sample, low word of epoch, stream and high word of epoch), so that keys never share a block.
PhiloxRng::PhiloxRng(std::uint64_t seed, Stream stream, std::uint64_t epoch, std::uint64_t sample)
    : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
      counter_{0, static_cast<std::uint32_t>(sample), static_cast<std::uint32_t>(epoch),
               static_cast<std::uint32_t>(stream) | static_cast<std::uint32_t>(epoch >> 32) << 8} {}

void PhiloxRng::bits(std::span<std::uint32_t> out) { fill_span(key_, counter_, out, fill); }
void PhiloxRng::uniform(std::span<float> out) { fill_span(key_, counter_, out, fill_uniform); }
void PhiloxRng::normal(std::span<float> out) { fill_span(key_, counter_, out, fill_normal); }

void shuffle(std::span<std::int64_t> order, Rng& rng) {
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int64_t>(i);
  std::array<std::uint32_t, 1024> words;
  std::size_t next = words.size();
  for (std::size_t i = order.size(); i > 1; --i) {
    if (next == words.size()) {
      rng.bits(words);
      next = 0;
    }
    std::swap(order[i - 1], order[(std::uint64_t{words[next++]} * i) >> 32]);
  }
}

}  // namespace hourglass::base

#include "subject/validation_draw.hpp"

#include <algorithm>
#include <tuple>

#include "base/random.hpp"

namespace hourglass::subject {
namespace {

/// All seeds of an experiment are validated on the same images, so that their losses can be compared and the spread
/// over seeds is that of training alone.
constexpr std::uint64_t kSeed = 0;

/// An image's place in the order in which images are taken.
struct Place {
  std::int64_t row;
  bool is_last;  ///< the last of its class, which is taken only when no class has another
  double share;  ///< (k + 1/2) / n for the k-th of the n images of its class, k from 0

  bool operator<(const Place& other) const { return std::tie(is_last, share) < std::tie(other.is_last, other.share); }
};

}  // namespace

ValidationDraw draw_validation(std::int64_t size, std::span<const std::int32_t> labels, std::int64_t classes,
                               double share) {
  const auto class_of = [&](std::int64_t row) {
    return labels.empty() ? std::size_t{0} : static_cast<std::size_t>(labels[static_cast<std::size_t>(row)]);
  };
  std::vector<std::int64_t> order(static_cast<std::size_t>(size));
  base::PhiloxRng rng(kSeed, base::Stream::validation, 0, 0);
  base::shuffle(order, rng);
  std::vector<std::int64_t> members(static_cast<std::size_t>(labels.empty() ? 1 : classes));
  for (const auto row : order) ++members[class_of(row)];

  auto remaining = members;
  std::vector<Place> places;
  places.reserve(order.size());
  for (const auto row : order) {
    const auto count = members[class_of(row)];
    auto& rest = remaining[class_of(row)];
    places.push_back({row, rest == 1, (static_cast<double>(count - rest) + 0.5) / static_cast<double>(count)});
    --rest;
  }
  std::ranges::stable_sort(places, std::less<>());  // in a tie, the shuffled order decides

  // 0.29 * 100 is a little less than 29.
  const auto drawn = static_cast<std::int64_t>(share * static_cast<double>(size) + 1e-6);
  ValidationDraw result;
  for (std::int64_t i = 0; i < size; ++i) {
    (i < drawn ? result.validation : result.train).push_back(places[static_cast<std::size_t>(i)].row);
  }
  std::ranges::sort(result.validation);
  std::ranges::sort(result.train);
  return result;
}

}  // namespace hourglass::subject

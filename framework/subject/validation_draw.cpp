#include "subject/validation_draw.hpp"

#include <algorithm>
#include <functional>
#include <tuple>
#include <utility>

#include "base/random.hpp"

namespace hourglass::subject {
namespace {

/// An image's place in the order in which images are taken.
struct Place {
  std::int64_t row;
  bool is_last;  ///< the last of its class, which is taken only when no class has another
  double share;  ///< (k + 1/2) / n for the k-th of the n images of its class, k from 0

  bool operator<(const Place& other) const { return std::tie(is_last, share) < std::tie(other.is_last, other.share); }
};

/// Splits the images in an order into the first `drawn` and the rest.
SplitDraw cut(const std::vector<std::int64_t>& order, std::int64_t drawn) {
  SplitDraw result;
  for (std::int64_t i = 0; i < std::ssize(order); ++i) {
    (i < drawn ? result.drawn : result.rest).push_back(order[static_cast<std::size_t>(i)]);
  }
  std::ranges::sort(result.drawn);
  std::ranges::sort(result.rest);
  return result;
}

std::vector<std::int64_t> shuffled(std::int64_t size, Purpose purpose, std::uint64_t seed) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(size));
  base::PhiloxRng rng(seed, base::Stream::validation, static_cast<std::uint64_t>(purpose), 0);
  base::shuffle(order, rng);
  return order;
}

}  // namespace

SplitDraw draw_evenly(std::int64_t size, std::span<const std::int32_t> labels, std::int64_t classes, std::int64_t count,
                      Purpose purpose, std::uint64_t seed) {
  const auto class_of = [&](std::int64_t row) {
    return labels.empty() ? std::size_t{0} : static_cast<std::size_t>(labels[static_cast<std::size_t>(row)]);
  };
  const auto order = shuffled(size, purpose, seed);
  std::vector<std::int64_t> members(static_cast<std::size_t>(labels.empty() ? 1 : classes));
  for (const auto row : order) ++members[class_of(row)];

  auto remaining = members;
  std::vector<Place> places;
  places.reserve(order.size());
  for (const auto row : order) {
    const auto of_class = members[class_of(row)];
    auto& rest = remaining[class_of(row)];
    places.push_back({row, rest == 1, (static_cast<double>(of_class - rest) + 0.5) / static_cast<double>(of_class)});
    --rest;
  }
  std::ranges::stable_sort(places, std::less<>());  // in a tie, the shuffled order decides
  std::vector<std::int64_t> rows;
  rows.reserve(places.size());
  for (const auto& place : places) rows.push_back(place.row);
  return cut(rows, count);
}

SplitDraw draw_per_class(std::int64_t size, std::span<const std::int32_t> labels, std::int64_t classes,
                         std::int64_t count, std::uint64_t seed) {
  std::vector<std::int64_t> taken(static_cast<std::size_t>(classes)), first, later;
  for (const auto row : shuffled(size, Purpose::limit, seed)) {
    auto& of_class = taken[static_cast<std::size_t>(labels[static_cast<std::size_t>(row)])];
    (of_class < count ? first : later).push_back(row);
    ++of_class;
  }
  const auto drawn = std::ssize(first);
  first.insert(first.end(), later.begin(), later.end());
  return cut(first, drawn);
}

std::int64_t share_of(std::int64_t size, double share) {
  // 0.29 * 100 is a little less than 29.
  return static_cast<std::int64_t>(share * static_cast<double>(size) + 1e-6);
}

ValidationDraw draw_validation(std::int64_t size, std::span<const std::int32_t> labels, std::int64_t classes,
                               double share, std::uint64_t seed) {
  auto draw = draw_evenly(size, labels, classes, share_of(size, share), Purpose::validation, seed);
  return {std::move(draw.rest), std::move(draw.drawn)};
}

}  // namespace hourglass::subject

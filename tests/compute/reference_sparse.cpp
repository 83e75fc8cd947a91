// Top-k by sorting.
#include "compute/reference_sparse.hpp"

#include <algorithm>

namespace hourglass::compute::test {
namespace {

// Marks the `count` largest of the elements `places` of x; of equal elements, the first.
void keep_largest(const Numbers& x, std::vector<std::size_t> places, std::size_t count, Numbers& kept) {
  std::stable_sort(places.begin(), places.end(), [&](std::size_t a, std::size_t b) { return x[a] > x[b]; });
  for (std::size_t i = 0; i < std::min(count, places.size()); ++i) kept[places[i]] = 1;
}

}  // namespace

Numbers kept_of(const op::TopK& top_k, std::int64_t batch, const Numbers& x) {
  const auto rows = static_cast<std::size_t>(batch), units = x.size() / rows;
  auto count = static_cast<std::size_t>(top_k.count);
  if (top_k.scope == op::TopKScope::batch) count *= rows;
  if (top_k.scope == op::TopKScope::unit) count = std::max<std::size_t>(1, (count * rows + units / 2) / units);
  // The group that each element competes in.
  const auto group_of = [&](std::size_t i) {
    switch (top_k.scope) {
      case op::TopKScope::sample: return i / units;
      case op::TopKScope::unit: return i % units;
      case op::TopKScope::batch: break;
    }
    return std::size_t{0};
  };
  std::map<std::size_t, std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < x.size(); ++i) groups[group_of(i)].push_back(i);
  Numbers kept(x.size(), 0.0);
  for (const auto& [group, places] : groups) {
    keep_largest(x, places, count, kept);
  }
  return kept;
}

}  // namespace hourglass::compute::test

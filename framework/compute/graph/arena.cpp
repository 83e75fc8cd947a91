// Placement, largest tensor first, each in the tightest gap between those alive at the same time.
#include "compute/graph/arena.hpp"

#include <algorithm>
#include <numeric>

#include "compute/kernels/buffer.hpp"

namespace hourglass::compute {
namespace {

bool overlap(const Lifetime& a, const Lifetime& b) { return a.first <= b.last && b.first <= a.last; }

}  // namespace

int Arena::request(std::int64_t size, Lifetime lifetime) {
  requests_.push_back({whole_lines(size), lifetime});
  return static_cast<int>(requests_.size()) - 1;
}

std::int64_t Arena::place() {
  std::vector<Request*> order;
  for (Request& request : requests_) order.push_back(&request);
  std::stable_sort(order.begin(), order.end(), [](const Request* a, const Request* b) { return a->size > b->size; });
  std::vector<const Request*> placed;  // by offset
  std::int64_t total = 0;
  for (Request* request : order) {
    request->offset = gap_for(*request, placed);
    total = std::max(total, request->offset + request->size);
    const auto after = std::upper_bound(placed.begin(), placed.end(), request,
                                        [](const Request* a, const Request* b) { return a->offset < b->offset; });
    placed.insert(after, request);
  }
  return total;
}

std::int64_t Arena::gap_for(const Request& request, const std::vector<const Request*>& placed) const {
  std::int64_t end = 0, best = -1, best_gap = std::numeric_limits<std::int64_t>::max();
  for (const Request* other : placed) {
    if (!overlap(request.lifetime, other->lifetime)) continue;
    const std::int64_t gap = other->offset - end;
    if (gap >= request.size && gap < best_gap) {
      best = end;
      best_gap = gap;
    }
    end = std::max(end, other->offset + other->size);
  }
  return best >= 0 ? best : end;
}

}  // namespace hourglass::compute

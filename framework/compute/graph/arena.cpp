// Placement, each tensor in the tightest gap between those alive at the same time.
#include "compute/graph/arena.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "compute/kernels/buffer.hpp"

namespace hourglass::compute {
namespace {

/// More requests are placed by their first moments.
constexpr std::size_t kMostBySize = 4096;

bool overlap(const Lifetime& a, const Lifetime& b) { return a.first <= b.last && b.first <= a.last; }

/// The free parts of a block that grows at its end.
class FreeParts {
 public:
  /// Returns the offset of the smallest free part that holds `size`, or of the end of the block.
  std::int64_t take(std::int64_t size) {
    const auto fit = by_size_.lower_bound({size, 0});
    if (fit == by_size_.end()) {
      end_ += size;
      return end_ - size;
    }
    const auto [room, offset] = *fit;
    remove(offset, room);
    if (room > size) add(offset + size, room - size);
    return offset;
  }

  void give(std::int64_t offset, std::int64_t size) {
    if (size == 0) return;
    const auto after = by_offset_.find(offset + size);
    if (after != by_offset_.end()) {
      const auto room = after->second;
      remove(offset + size, room);
      size += room;
    }
    const auto next = by_offset_.lower_bound(offset);
    if (next != by_offset_.begin()) {
      const auto [before, room] = *std::prev(next);
      if (before + room == offset) {
        remove(before, room);
        offset = before;
        size += room;
      }
    }
    add(offset, size);
  }

  std::int64_t end() const { return end_; }

 private:
  void add(std::int64_t offset, std::int64_t size) {
    by_offset_.emplace(offset, size);
    by_size_.emplace(size, offset);
  }
  void remove(std::int64_t offset, std::int64_t size) {
    by_offset_.erase(offset);
    by_size_.erase({size, offset});
  }

  std::map<std::int64_t, std::int64_t> by_offset_;           ///< sizes
  std::set<std::pair<std::int64_t, std::int64_t>> by_size_;  ///< size and offset
  std::int64_t end_ = 0;
};

}  // namespace

int Arena::request(std::int64_t size, Lifetime lifetime) {
  requests_.push_back({whole_lines(size), lifetime});
  return static_cast<int>(requests_.size()) - 1;
}

std::int64_t Arena::place() { return requests_.size() > kMostBySize ? place_earliest_first() : place_largest_first(); }

std::int64_t Arena::place_earliest_first() {
  std::vector<Request*> begins;
  std::int64_t unused = 0;  // the most room of a tensor that is never alive: any place will do
  for (Request& request : requests_) {
    const bool lives = request.lifetime.first <= request.lifetime.last;
    if (lives) begins.push_back(&request);
    if (lives) continue;
    request.offset = 0;
    unused = std::max(unused, request.size);
  }
  auto ends = begins;
  std::stable_sort(begins.begin(), begins.end(),
                   [](const Request* a, const Request* b) { return a->lifetime.first < b->lifetime.first; });
  std::stable_sort(ends.begin(), ends.end(),
                   [](const Request* a, const Request* b) { return a->lifetime.last < b->lifetime.last; });
  FreeParts free;
  auto ended = ends.begin();
  for (Request* request : begins) {
    // A tensor that ends before this one begins has begun before it, and so has an offset.
    for (; (*ended)->lifetime.last < request->lifetime.first; ++ended) free.give((*ended)->offset, (*ended)->size);
    request->offset = free.take(request->size);
  }
  return std::max(free.end(), unused);
}

std::int64_t Arena::place_largest_first() {
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

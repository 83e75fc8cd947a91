// Places tensors in one block of memory, so that those which are never alive together may share it.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

namespace hourglass::compute {

/// Moments count steps; a tensor lives from its first write to its last use, both included.
struct Lifetime {
  int first = std::numeric_limits<int>::max();
  int last = std::numeric_limits<int>::min();

  void include(int moment) {
    if (moment < first) first = moment;
    if (moment > last) last = moment;
  }
  static Lifetime always() { return {std::numeric_limits<int>::min(), std::numeric_limits<int>::max()}; }
};

class Arena {
 public:
  /// Asks for `size` floats on a 64-byte boundary; returns the request's number.
  int request(std::int64_t size, Lifetime lifetime);
  /// Places all requests, each in the tightest gap; returns the floats needed in all. Takes the largest first, or, if
  /// there are very many, which takes n log n instead of n^2 steps, the earliest.
  std::int64_t place();
  std::int64_t offset(int request) const { return requests_[static_cast<std::size_t>(request)].offset; }

 private:
  struct Request {
    std::int64_t size;
    Lifetime lifetime;
    std::int64_t offset = -1;
  };
  std::int64_t place_largest_first();
  std::int64_t place_earliest_first();
  std::int64_t gap_for(const Request& request, const std::vector<const Request*>& placed) const;

  std::vector<Request> requests_;
};

}  // namespace hourglass::compute

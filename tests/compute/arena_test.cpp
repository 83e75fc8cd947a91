// Placement of tensors in memory.
#include "compute/graph/arena.hpp"

#include <doctest/doctest.h>

#include <random>

namespace hourglass::compute {
namespace {

TEST_CASE("arena: tensors that are alive together never overlap, whatever their sizes and lives") {
  std::mt19937 engine(1);
  const auto below = [&](int count) { return static_cast<int>(engine() % static_cast<unsigned>(count)); };
  for (int round = 0; round < 50; ++round) {
    struct Request {
      std::int64_t size;
      Lifetime life;
      int number;
    };
    Arena arena;
    std::vector<Request> requests;
    for (int i = 0; i < 40; ++i) {
      const int first = below(30);
      const Lifetime life{first, first + below(12)};
      const std::int64_t size = 1 + below(2000);
      requests.push_back({size, life, arena.request(size, life)});
    }
    const std::int64_t total = arena.place();
    for (const auto& a : requests) {
      const std::int64_t begin = arena.offset(a.number);
      CHECK(begin % 16 == 0);
      CHECK(begin + a.size <= total);
      for (const auto& b : requests) {
        const bool together = a.life.first <= b.life.last && b.life.first <= a.life.last;
        if (a.number == b.number || !together) continue;
        const std::int64_t other = arena.offset(b.number);
        CHECK((begin + a.size <= other || other + b.size <= begin));
      }
    }
  }
}

TEST_CASE("arena: a chain needs room for two tensors") {
  Arena arena;
  for (int i = 0; i < 10; ++i) arena.request(160, {i, i + 1});
  CHECK(arena.place() == 320);
}

}  // namespace
}  // namespace hourglass::compute

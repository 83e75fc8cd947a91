// Placement of tensors in memory.
#include "compute/graph/arena.hpp"

#include <doctest/doctest.h>

#include <random>
#include <utility>
#include <vector>

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

TEST_CASE("arena: thousands of tensors are placed apart as well, and a long chain needs room for two") {
  Arena chain;
  for (int i = 0; i < 100'000; ++i) chain.request(160, {i, i + 1});
  CHECK(chain.place() == 320);

  std::mt19937 engine(1);
  const auto below = [&](int count) { return static_cast<int>(engine() % static_cast<unsigned>(count)); };
  Arena arena;
  std::vector<std::pair<std::int64_t, Lifetime>> requests;
  for (int i = 0; i < 5000; ++i) {
    const int first = below(4000);
    requests.push_back({1 + below(2000), {first, first + below(50)}});
    if (i % 100 == 0) requests.back().second = i % 200 == 0 ? Lifetime() : Lifetime::always();
    arena.request(requests.back().first, requests.back().second);
  }
  const auto total = arena.place();
  int wrong = 0;
  for (int i = 0; i < 5000; ++i) {
    const auto& [size, life] = requests[static_cast<std::size_t>(i)];
    wrong += arena.offset(i) < 0 || arena.offset(i) + size > total;
    for (int j = 0; j < i; ++j) {
      const auto& [other, of_other] = requests[static_cast<std::size_t>(j)];
      const bool used = life.first <= life.last && of_other.first <= of_other.last;
      const bool together = used && life.first <= of_other.last && of_other.first <= life.last;
      wrong += together && arena.offset(i) < arena.offset(j) + other && arena.offset(j) < arena.offset(i) + size;
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("arena: a chain needs room for two tensors") {
  Arena arena;
  for (int i = 0; i < 10; ++i) arena.request(160, {i, i + 1});
  CHECK(arena.place() == 320);
}

}  // namespace
}  // namespace hourglass::compute

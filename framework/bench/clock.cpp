#include "bench/clock.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <numeric>
#include <vector>

#include "compute/kernels/parallel.hpp"

namespace hourglass::bench {

#if defined(__x86_64__)

namespace {

constexpr int kRepetitions = 25;  // short ones, so that some of them are not interrupted
constexpr int kIterations = 50'000;
constexpr int kAdditions = 100;  // as in the assembly below

double additions_per_second() {
  using Clock = std::chrono::steady_clock;
  double best = 0;
  for (int repetition = 0; repetition < kRepetitions; ++repetition) {
    std::uint64_t sum = 0;
    const auto start = Clock::now();
    for (int i = 0; i < kIterations; ++i) {
      // Adds a register: additions of a constant are free on some processors.
      asm volatile(".rept 100\n\tadd %1, %0\n\t.endr" : "+r"(sum) : "r"(start));
    }
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    best = std::max(best, double{kIterations} * kAdditions / seconds);
  }
  return best;
}

}  // namespace

std::optional<double> measure_clock() {
  std::vector<double> clocks(static_cast<std::size_t>(compute::threads()));
  compute::parallel_tasks(compute::threads(), [&](std::int64_t thread) {
    clocks[static_cast<std::size_t>(thread)] = additions_per_second();
  });
  return std::accumulate(clocks.begin(), clocks.end(), 0.0) / static_cast<double>(clocks.size());
}

#else

std::optional<double> measure_clock() { return std::nullopt; }

#endif

}  // namespace hourglass::bench

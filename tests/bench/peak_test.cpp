// The theoretical peak of several processors, and the measured clock.
#include "bench/peak.hpp"

#include <doctest/doctest.h>

#include "bench/clock.hpp"
#include "compute/kernels/parallel.hpp"

using namespace hourglass;
using compute::Precision;

namespace {

double per_cycle(const bench::Processor& processor, Precision precision) {
  return bench::peak_of(processor, precision, 1, 1).rate();
}

}  // namespace

TEST_CASE("peak: a core makes two operations in each lane of each unit per cycle") {
  CHECK(per_cycle({}, Precision::f32) == 32);
  const bench::Processor cascade_lake{.avx512 = true};
  CHECK(per_cycle(cascade_lake, Precision::f32) == 64);
  const bench::Processor zen_4{.avx512 = true, .avx512_bf16 = true, .halves_avx512 = true};
  CHECK(per_cycle(zen_4, Precision::f32) == 32);
  CHECK(per_cycle(zen_4, Precision::bf16) == 64);
  const bench::Processor sapphire_rapids{.avx512 = true, .avx512_bf16 = true, .amx = true};
  CHECK(per_cycle(sapphire_rapids, Precision::f32) == 64);
  CHECK(per_cycle(sapphire_rapids, Precision::bf16) == 1024);
}

TEST_CASE("peak: threads on the same core share its units") {
  CHECK(bench::peak_of({.cores = 4}, Precision::f32, 8, 1e9).cores == 4);
  CHECK(bench::peak_of({.cores = 4}, Precision::f32, 2, 1e9).cores == 2);
  CHECK(bench::peak_of({.cores = 0}, Precision::f32, 2, 1e9).cores == 2);
}

TEST_CASE("peak: the formula shows every factor") {
  CHECK(bench::peak_of({.cores = 2}, Precision::f32, 2, 3.25e9).formula() ==
        "2 cores x 3.25 GHz (measured) x 8 lanes x 2 FMA units x 2");
}

TEST_CASE("peak: the measured clock is one of a processor") {
  compute::set_threads(1);
  const auto clock = bench::measure_clock();
#if defined(__x86_64__)
  REQUIRE(clock);
  CHECK(*clock > 3e8);
  CHECK(*clock < 1e10);
#else
  CHECK(!clock);
#endif
}

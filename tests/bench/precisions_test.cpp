// What is measured where the processor lacks a number format.
#include "bench/precisions.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"

using namespace hourglass;
using compute::Precision;

TEST_CASE("precisions: where bf16 is there, each word measures what it says") {
  CHECK(bench::choose_precisions("f32", "").measured == std::vector{Precision::f32});
  CHECK(bench::choose_precisions("bf16", "").measured == std::vector{Precision::bf16});
  CHECK(bench::choose_precisions("both", "").measured == std::vector{Precision::f32, Precision::bf16});
  CHECK(bench::choose_precisions("both", "").note == "");
}

TEST_CASE("precisions: both leaves bf16 out where it is missing, and says why") {
  const auto chosen = bench::choose_precisions("both", "a newer processor");
  CHECK(chosen.measured == std::vector{Precision::f32});
  CHECK(chosen.note == "bf16 is left out: it needs a newer processor");
}

TEST_CASE("precisions: bf16 alone is refused where it is missing, f32 never") {
  CHECK_THROWS_WITH_AS(bench::choose_precisions("bf16", "a newer processor"),
                       "option '--precision': bf16 needs a newer processor; use f32 on this machine", base::UserError);
  CHECK(bench::choose_precisions("f32", "a newer processor").note == "");
}

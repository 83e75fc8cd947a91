// Which number formats are measured if the processor lacks one.
#include "bench/precisions.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"

using namespace hourglass;
using compute::Precision;

TEST_CASE("precisions: with bf16 support, each word selects its formats") {
  CHECK(bench::choose_precisions("f32", "").measured == std::vector{Precision::f32});
  CHECK(bench::choose_precisions("bf16", "").measured == std::vector{Precision::bf16});
  CHECK(bench::choose_precisions("both", "").measured == std::vector{Precision::f32, Precision::bf16});
  CHECK(bench::choose_precisions("both", "").note == "");
}

TEST_CASE("precisions: without bf16 support, `both` skips bf16 and says why") {
  const auto chosen = bench::choose_precisions("both", "a newer processor");
  CHECK(chosen.measured == std::vector{Precision::f32});
  CHECK(chosen.note == "bf16 is skipped: it needs a newer processor");
}

TEST_CASE("precisions: without bf16 support, `bf16` is refused and `f32` is not") {
  CHECK_THROWS_WITH_AS(bench::choose_precisions("bf16", "a newer processor"),
                       "option '--precision': bf16 needs a newer processor; use f32 on this machine", base::UserError);
  CHECK(bench::choose_precisions("f32", "a newer processor").note == "");
}

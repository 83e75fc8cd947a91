// The rows of a report, as JSON and as tables.
#include "bench/report.hpp"

#include <doctest/doctest.h>

#include "base/json.hpp"

using namespace hourglass;
using base::Json;

namespace {

bench::Row row() {
  return {.network = bench::networks().at(0),
          .threads = 2,
          .precision = compute::Precision::f32,
          .ours = {.parameters = 7,
                   .flops = 1e9,
                   .profile = {.data = 0.001,
                               .noise = 0,
                               .forward = 0.004,
                               .backward = 0.01,
                               .optimizer = 0.002,
                               .total = 0.02,
                               .steps = 10},
                   .operations = {},
                   .peak_mib = 40},
          .pytorch = bench::PyTorchBest{6, "1 thread", 250, 7, "1.13"},
          .gemm_rate = 1e12};
}

}  // namespace

TEST_CASE("report: ratio and ceiling share are PyTorch's time and the ceiling's time divided by ours") {
  const auto json = Json::parse(bench::render_rows({row()}, results::Format::json)).at(0);
  CHECK(json.at("network") == "mlp_784_128/b128");
  CHECK(json.at("threads") == 2);
  CHECK(json.at("precision") == "f32");
  CHECK(json.at("ms_per_step").to_number() == doctest::Approx(2));
  CHECK(json.at("pytorch_ms_per_step").to_number() == doctest::Approx(6));
  CHECK(json.at("ratio").to_number() == doctest::Approx(3));
  CHECK(json.at("gflops").to_number() == doctest::Approx(500));
  CHECK(json.at("ceiling_ms_per_step").to_number() == doctest::Approx(1));
  CHECK(json.at("ceiling_share").to_number() == doctest::Approx(0.5));
  CHECK(json.at("split_ms").at("overhead").to_number() == doctest::Approx(0.3));
}

TEST_CASE("report: missing values are null in JSON and a dash in tables, and columns without values are omitted") {
  auto alone = row();
  alone.pytorch.reset();
  alone.gemm_rate.reset();
  const auto json = Json::parse(bench::render_rows({alone}, results::Format::json)).at(0);
  for (const auto* key : {"pytorch_ms_per_step", "ratio", "ceiling_share", "pytorch_peak_mib"}) {
    CHECK_MESSAGE(json.at(key).is_null(), key);
  }
  CHECK(bench::render_rows({alone, row()}, results::Format::table).find("–") != std::string::npos);
  const auto text = bench::render_rows({alone}, results::Format::table);
  for (const auto* absent : {"–", "PyTorch", " ratio ", "ceiling"})
    CHECK_MESSAGE(text.find(absent) == text.npos, absent);
}

TEST_CASE("report: the table of operations shows the rate of each") {
  auto timed = row();
  timed.ours.operations = {{.name = "encoder.dense_0",
                            .forward_seconds = 0.001,
                            .backward_seconds = 0.0005,
                            .forward_flops = 2e8,
                            .backward_flops = 2e8}};
  const auto text = bench::render_rows({timed}, results::Format::md);
  CHECK(text.find("| encoder.dense_0 |        1.0 |          200 |         0.5 |           400 |      75.0 |") !=
        std::string::npos);
  for (const auto* heading : {" step GF/s |", "\nstep GF/s: ", "\nforward and backward GF/s: "}) {
    CHECK_MESSAGE(text.find(heading) != std::string::npos, heading);
  }
}

TEST_CASE("report: the page states machine, versions, date and command") {
  const auto page = bench::render_page({row()}, {"a machine", "some versions", "2000-01-01", "hourglass bench"});
  for (const auto* part : {"a machine", "some versions", "2000-01-01", "`hourglass bench`", "| mlp_784_128/b128 |"}) {
    CHECK_MESSAGE(page.find(part) != std::string::npos, part);
  }
}

TEST_CASE("report: no rows give an empty list") { CHECK(bench::render_rows({}, results::Format::json) == "[]\n"); }

// The rows of a report, as JSON and as tables.
#include "bench/report.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "base/json.hpp"

using namespace hourglass;
using base::Json;

namespace {

bench::Row row() {
  return {.network = bench::networks().at(0),
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
          .pytorch = bench::PyTorchBest{6, "1 thread", 250, 7},
          .products = {.precision = compute::Precision::f32,
                       .threads = 2,
                       .rate = 1e12,
                       .peak = bench::Peak{.cores = 2, .clock = 40e9},
                       .pytorch = bench::PyTorchProducts{{.python = "python3",
                                                          .version = "1.13",
                                                          .blas = "OpenBLAS 0.3.21",
                                                          .library = "/b.so",
                                                          .link = "",
                                                          .kernel = "Zen",
                                                          .onednn = "2.6.3",
                                                          .vectors = "AVX2",
                                                          .threads = 2,
                                                          .threads_used = 2},
                                                         5e11}}};
}

const bench::Variables kVariables = {.cleared = {"OPENBLAS_CORETYPE=Prescott", "OMP_DYNAMIC=1"},
                                     .kept = {"OMP_DYNAMIC=1"}};

std::string rendered(const std::vector<bench::Row>& rows, results::Format format) {
  return bench::render_rows(rows, kVariables, format);
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("report: ratio and ceiling share are PyTorch's time and the ceiling's time divided by ours") {
  const auto json = Json::parse(rendered({row()}, results::Format::json)).at(0);
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
  alone.products.rate.reset();
  alone.products.peak.reset();
  alone.products.pytorch.reset();
  const auto json = Json::parse(rendered({alone}, results::Format::json)).at(0);
  for (const auto* key : {"pytorch_ms_per_step", "ratio", "ceiling_share", "pytorch_peak_mib", "no_ratio",
                          "theoretical_peak", "pytorch_product_gflops", "pytorch_version", "pytorch_threads_used"}) {
    CHECK_MESSAGE(json.at(key).is_null(), key);
  }
  CHECK(rendered({alone, row()}, results::Format::table).find("–") != std::string::npos);
  const auto text = rendered({alone}, results::Format::table);
  for (const auto* absent : {"–", "PyTorch", " ratio ", "ceiling"})
    CHECK_MESSAGE(text.find(absent) == text.npos, absent);
}

TEST_CASE("report: the rates of both, the theoretical peak and what they rest on are shown") {
  const auto text = rendered({row()}, results::Format::table);
  CHECK(contains(text, "\nmatrix products, GF/s\nprecision  threads  Hourglass  PyTorch  theoretical peak  "));
  for (const auto* line :
       {"theoretical peak of f32: 2 cores x 40.00 GHz (measured) x 8 lanes x 2 FMA units x 2 = 2560.0 GF/s",
        "PyTorch 1.13 (python3), OpenBLAS 0.3.21 (/b.so), kernels for Zen, oneDNN 2.6.3, own loops for AVX2, 2 of 2 "
        "threads used",
        "cleared for PyTorch: OPENBLAS_CORETYPE=Prescott OMP_DYNAMIC=1", "in effect for Hourglass: OMP_DYNAMIC=1"}) {
    CHECK_MESSAGE(contains(text, fmt::format("\n{}\n", line)), line);
  }
  CHECK(!contains(text, "no ratio"));
  const auto json = Json::parse(rendered({row()}, results::Format::json)).at(0);
  CHECK(json.at("pytorch_product_gflops") == Json(500.0));
  CHECK(json.at("theoretical_peak").at("gflops").to_number() == doctest::Approx(2560));
  CHECK(json.at("theoretical_peak").at("fma_units") == 2);
  CHECK(json.at("pytorch_blas") == "OpenBLAS 0.3.21");
  CHECK(json.at("pytorch_blas_kernel") == "Zen");
  CHECK(json.at("pytorch_threads_used") == 2);
  CHECK(json.at("cleared_variables").at(0) == "OPENBLAS_CORETYPE=Prescott");
  CHECK(json.at("kept_variables").at(0) == "OMP_DYNAMIC=1");
}

TEST_CASE("report: a PyTorch whose products are far slower has times but no ratio, and one line says why") {
  auto slow = row();
  slow.products.pytorch->rate = 1e11;
  const auto text = rendered({slow, slow}, results::Format::table);
  CHECK(contains(text, "PyTorch ms"));
  CHECK(!contains(text.substr(0, text.find('\n')), " ratio "));
  const auto line = text.find("\nno ratio for f32: PyTorch's matrix products reach 100.0 GF/s, less than a third");
  REQUIRE(line != text.npos);
  CHECK(text.find("no ratio", line + 2) == text.npos);
  const auto json = Json::parse(rendered({slow}, results::Format::json)).at(0);
  CHECK(json.at("ratio").is_null());
  CHECK(json.at("no_ratio").to_text().starts_with("PyTorch's matrix products reach 100.0 GF/s"));
}

TEST_CASE("report: in Markdown, the circumstances are a list with lines of at most 120 columns") {
  const auto text = rendered({row()}, results::Format::md);
  CHECK(contains(text, "\n\n- theoretical peak of f32: "));
  const auto item = text.find("\n- PyTorch 1.13 (python3), ");
  REQUIRE(item != text.npos);
  CHECK(text.find('\n', item + 1) - item <= 121);
  CHECK(contains(text, " used\n- cleared for PyTorch: "));
}

TEST_CASE("report: the table of operations shows the rate of each") {
  auto timed = row();
  timed.ours.operations = {{.name = "encoder.dense_0",
                            .forward_seconds = 0.001,
                            .backward_seconds = 0.0005,
                            .forward_flops = 2e8,
                            .backward_flops = 2e8}};
  const auto text = rendered({timed}, results::Format::md);
  CHECK(text.find("| encoder.dense_0 |        1.0 |          200 |         0.5 |           400 |      75.0 |") !=
        std::string::npos);
  for (const auto* heading : {" step GF/s |", "\nstep GF/s: ", "\nforward and backward GF/s: "}) {
    CHECK_MESSAGE(text.find(heading) != std::string::npos, heading);
  }
}

TEST_CASE("report: the page states machine, versions, date and command") {
  const auto page =
      bench::render_page({row()}, kVariables, {"a machine", "some versions", "2000-01-01", "hourglass bench"});
  for (const auto* part : {"a machine", "some versions", "2000-01-01", "`hourglass bench`", "| mlp_784_128/b128 |"}) {
    CHECK_MESSAGE(page.find(part) != std::string::npos, part);
  }
}

TEST_CASE("report: no rows give an empty list") { CHECK(rendered({}, results::Format::json) == "[]\n"); }

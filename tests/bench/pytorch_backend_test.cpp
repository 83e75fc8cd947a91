// What PyTorch's process says about its libraries, as recorded from several installations, and when it is not compared.
#include "bench/pytorch_backend.hpp"

#include <doctest/doctest.h>

using namespace hourglass;
using base::Json;

namespace {

constexpr const char* kDebian =
    "PyTorch built with:\n  - GCC 12.2\n  - Intel(R) MKL-DNN v2.6.3 (Git Hash N/A)\n  - CPU capability usage: AVX2\n"
    "  - Build settings: BLAS_INFO=generic, BUILD_TYPE=RelWithDebInfo, LAPACK_INFO=generic\n";
constexpr const char* kWheel =
    "PyTorch built with:\n  - Intel(R) oneAPI Math Kernel Library Version 2022.2-Product Build 20220804 for Intel(R) "
    "64 "
    "architecture applications\n  - Intel(R) MKL-DNN v3.1.1 (Git Hash 64f6bcb)\n  - CPU capability usage: AVX512\n"
    "  - Build settings: BLAS_INFO=mkl, BUILD_TYPE=Release\n";

Json library(const std::string& path, const std::string& kernel = "") {
  if (kernel.empty()) return {{"path", path}, {"openblas", nullptr}};
  return {{"path", path},
          {"openblas",
           Json{{"config", "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH NO_AFFINITY " + kernel}, {"kernel", kernel}}}};
}

Json recorded(const std::string& config, const std::vector<Json>& libraries, double rate = 8e10) {
  return {{"rate", rate},
          {"python", "/usr/bin/python3"},
          {"version", "1.13.0a0"},
          {"config", config},
          {"threads", 2},
          {"threads_used", 1},
          {"libraries", Json(libraries)},
          {"alternatives", Json::object()}};
}

std::string reason(const Json& output, double our_rate) {
  return bench::reason_against_ratio(bench::products_of(output), our_rate);
}

const Json& reference() {
  static const auto output = recorded(kDebian, {library("/usr/lib/x86_64-linux-gnu/blas/libblas.so.3.11.0")}, 2.73e9);
  return output;
}

}  // namespace

TEST_CASE("pytorch backend: OpenBLAS is named with its version, file and kernels") {
  auto output = recorded(kDebian, {library("/usr/lib/x86_64-linux-gnu/openblas-pthread/libblas.so.3", "Zen")});
  output["alternatives"]["/etc/alternatives/libblas.so.3-x86_64-linux-gnu"] = "/usr/lib/openblas-pthread/libblas.so.3";
  const auto products = bench::products_of(output);
  CHECK(products.rate == 8e10);
  CHECK(!products.backend.on_reference_blas());
  CHECK(
      products.backend.sentence() ==
      "PyTorch 1.13.0a0 (/usr/bin/python3), OpenBLAS 0.3.21 (/usr/lib/x86_64-linux-gnu/openblas-pthread/libblas.so.3), "
      "kernels for Zen, oneDNN 2.6.3, own loops for AVX2, 1 of 2 threads used; "
      "/etc/alternatives/libblas.so.3-x86_64-linux-gnu -> /usr/lib/openblas-pthread/libblas.so.3");
}

TEST_CASE("pytorch backend: MKL in a wheel is recognised by PyTorch's own description") {
  const auto backend =
      bench::products_of(recorded(kWheel, {library("/site-packages/numpy.libs/libopenblas64_p-r0.so", "Haswell")}))
          .backend;
  CHECK(backend.blas == "MKL 2022.2");
  CHECK(backend.library == "");
  CHECK(backend.kernel == "");
  CHECK(backend.onednn == "3.1.1");
  CHECK(backend.vectors == "AVX512");
}

TEST_CASE("pytorch backend: the library of another Python package is not PyTorch's") {
  const auto backend = bench::products_of(recorded(kDebian, {library("/usr/lib/blas/libblas.so.3.11.0"),
                                                             library("/x/numpy.libs/libopenblas64_p-r0.so", "Zen")}))
                           .backend;
  CHECK(backend.on_reference_blas());
  CHECK(backend.kernel == "");
}

TEST_CASE("pytorch backend: an OpenBLAS that only LAPACK loads does not hide the reference BLAS") {
  const auto backend =
      bench::products_of(recorded(kDebian, {library("/usr/lib/x86_64-linux-gnu/blas/libblas.so.3.11.0"),
                                            library("/usr/lib/openblas-pthread/libopenblasp-r0.3.21.so", "Zen")}))
          .backend;
  CHECK(backend.on_reference_blas());
  CHECK(backend.kernel == "");
}

TEST_CASE("pytorch backend: libraries that do not describe themselves are recognised by their paths") {
  const auto blas = [](const std::string& path) {
    return bench::products_of(recorded(kDebian, {library(path)})).backend.blas;
  };
  CHECK(blas("/usr/lib/x86_64-linux-gnu/blis-pthread/libblas.so.3") == "BLIS");
  CHECK(blas("/usr/lib/x86_64-linux-gnu/atlas/libblas.so.3.10.3") == "ATLAS");
  CHECK(blas("/usr/lib/x86_64-linux-gnu/libmkl_rt.so") == "MKL");
  CHECK(blas("/usr/lib64/libflexiblas.so.3.3") == "FlexiBLAS");
  CHECK(blas("/usr/lib64/libblas.so.3.11.0") == "reference BLAS");
  CHECK(bench::products_of(recorded(kDebian, {})).backend.blas == "unknown BLAS");
}

TEST_CASE("pytorch backend: on the reference BLAS nothing is compared, however slow we are") {
  CHECK(
      reason(reference(), 1) ==
      "PyTorch runs on the reference BLAS (/usr/lib/x86_64-linux-gnu/blas/libblas.so.3.11.0), whose products reach 2.7 "
      "GF/s; install an optimised one, on Debian `apt-get install libopenblas0-pthread`, or select it with "
      "`update-alternatives`");
}

TEST_CASE("pytorch backend: products below a third of our rate are not compared, at a third they are") {
  const auto pinned = recorded(kDebian, {library("/usr/lib/openblas-pthread/libblas.so.3", "Prescott")}, 1e10);
  CHECK(
      reason(pinned, 3.1e10) ==
      "PyTorch's matrix products reach 10.0 GF/s, less than a third of Hourglass's 31.0 GF/s; its OpenBLAS 0.3.21 with "
      "kernels for Prescott does not use this processor");
  CHECK(reason(pinned, 3e10) == "");
  CHECK(bench::reason_against_ratio(bench::products_of(pinned), std::nullopt) == "");
}

TEST_CASE("pytorch backend: without PyTorch's rate, nothing is compared") {
  CHECK(bench::reason_against_ratio(std::nullopt, 1e10) == "PyTorch's matrix products could not be measured");
}

TEST_CASE("pytorch backend: other output is an error") {
  CHECK_THROWS_AS(bench::products_of(Json{{"rate", 1}}), base::JsonError);
}

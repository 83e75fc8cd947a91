// Matrix products compared with a naive one.
#include "compute/kernels/gemm.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "base/random.hpp"
#include "compute/kernels/parallel.hpp"

using namespace hourglass;
using namespace hourglass::compute;

namespace {

std::vector<float> normals(std::int64_t count, std::uint64_t seed) {
  std::vector<float> values(static_cast<std::size_t>(count));
  base::PhiloxRng(seed, base::Stream::task, 0, 0).normal(values);
  return values;
}

}  // namespace

TEST_CASE("gemm: equals a naive product, transposed or not, in one tile or several, written or added") {
  // More than one tile in both directions; sums of 70 products of size 1. Tiles of rows that are a multiple of 256
  // floats apart are copied.
  constexpr std::int64_t kRows = 300, kInner = 70;
  constexpr double kFloat = 1e-4;
  for (int form = 0; form < 8; ++form) {
    const bool ta = form & 1, tb = form & 2;
    const std::int64_t columns = form & 4 ? 768 : 530;
    const auto a = normals(kRows * kInner, 1), b = normals(kInner * columns, 2);
    std::vector<float> c(kRows * columns, 7.0F);
    const MatrixView left{a.data(), ta ? kRows : kInner, ta}, right{b.data(), tb ? kInner : columns, tb};
    gemm(kRows, columns, kInner, left, right, c.data(), columns);
    gemm(kRows, columns, kInner, left, right, c.data(), columns, true);
    double worst = 0;
    for (std::int64_t i = 0; i < kRows; ++i) {
      for (std::int64_t j = 0; j < columns; ++j) {
        double sum = 0;
        for (std::int64_t k = 0; k < kInner; ++k) {
          sum += static_cast<double>(a[static_cast<std::size_t>(ta ? k * kRows + i : i * kInner + k)]) *
                 b[static_cast<std::size_t>(tb ? j * kInner + k : k * columns + j)];
        }
        worst = std::max(worst, std::abs(2 * sum - c[static_cast<std::size_t>(i * columns + j)]));
      }
    }
    CAPTURE(form);
    CHECK(worst < kFloat);
  }
}

TEST_CASE("gemm: one thread and several give the same bits") {
  // A long inner dimension and a small result, which a library would split over threads.
  constexpr std::int64_t kRows = 33, kColumns = 10, kInner = 5000;
  const auto a = normals(kRows * kInner, 1), b = normals(kInner * kColumns, 2);
  const int before = threads();
  std::vector<float> results[3];
  for (const int count : {1, 2, 3}) {
    set_threads(count);
    auto& c = results[count - 1];
    c.resize(kRows * kColumns);
    gemm(kRows, kColumns, kInner, {a.data(), kRows, true}, {b.data(), kColumns}, c.data(), kColumns);
  }
  set_threads(before);
  CHECK(results[0] == results[1]);
  CHECK(results[0] == results[2]);
}

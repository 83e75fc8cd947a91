// A network's matrix products against naive ones, and on several numbers of threads.
#include "compute/ops/matmul.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "base/random.hpp"
#include "compute/kernels/parallel.hpp"

namespace hourglass::compute::test {
namespace {

std::vector<float> normal_matrix(std::int64_t count, std::uint64_t seed) {
  std::vector<float> values(static_cast<std::size_t>(count));
  base::PhiloxRng(seed, base::Stream::task, 0, 0).normal(values);
  return values;
}

struct Operands {
  explicit Operands(const MatmulSpec& spec)
      : a(normal_matrix(spec.m * spec.k, 1)), b(normal_matrix(spec.k * spec.n, 2)), bias(normal_matrix(spec.n, 3)) {}

  std::vector<float> a, b, bias;
};

std::vector<float> product(const MatmulSpec& spec, const Operands& operands) {
  Matmul matmul(spec);
  auto c = normal_matrix(spec.m * spec.n, 4);
  std::vector<float> scratch(static_cast<std::size_t>(matmul.scratch()) + 1);
  matmul.bind(operands.a.data(), operands.b.data(), operands.bias.data(), c.data(), scratch.data());
  matmul.execute();
  return c;
}

std::vector<double> naive_product(const MatmulSpec& spec, const Operands& operands) {
  const auto before = normal_matrix(spec.m * spec.n, 4);
  std::vector<double> c;
  for (std::int64_t i = 0; i < spec.m; ++i) {
    for (std::int64_t j = 0; j < spec.n; ++j) {
      double sum = spec.accumulate ? before[static_cast<std::size_t>(i * spec.n + j)] : 0.0;
      if (spec.bias) sum += operands.bias[static_cast<std::size_t>(j)];
      for (std::int64_t k = 0; k < spec.k; ++k) {
        sum += static_cast<double>(
                   operands.a[static_cast<std::size_t>(spec.a_transposed ? k * spec.m + i : i * spec.k + k)]) *
               operands.b[static_cast<std::size_t>(spec.b_transposed ? j * spec.k + k : k * spec.n + j)];
      }
      c.push_back(spec.activation ? std::tanh(sum) : sum);
    }
  }
  return c;
}

struct Size {
  std::int64_t m, k, n;
};

// One tile and several in each direction, with edges that fill no register; and results large enough for oneDNN to pack
// its operands, the smallest of them too.
const Size kSizes[] = {{5, 7, 3},       {70, 196, 40},  {128, 784, 128}, {250, 256, 30},
                       {139, 500, 391}, {30, 1000, 70}, {784, 90, 512},  {527, 64, 527}};

TEST_CASE("matmul: equals a naive product, transposed or not, added, or with bias and activation") {
  constexpr double kFloat = 1e-4;
  for (const Size& size : {kSizes[0], kSizes[4], kSizes[6]}) {
    for (int form = 0; form < 12; ++form) {
      CAPTURE(size.m);
      CAPTURE(form);
      MatmulSpec spec{.m = size.m,
                      .k = size.k,
                      .n = size.n,
                      .a_transposed = (form & 1) != 0,
                      .b_transposed = (form & 2) != 0,
                      .bias = form >= 8,
                      .accumulate = form / 4 == 1};
      if (spec.bias) spec.activation = op::Activate{Activation::tanh, 0};
      const Operands operands(spec);
      const auto c = product(spec, operands);
      const auto expected = naive_product(spec, operands);
      double worst = 0;
      for (std::size_t i = 0; i < c.size(); ++i) worst = std::max(worst, std::abs(c[i] - expected[i]));
      CHECK(worst < kFloat);
    }
  }
}

TEST_CASE("matmul: the same bits on any number of threads") {
  const int before = threads();
  for (const Size& size : kSizes) {
    for (int form = 0; form < 3; ++form) {
      CAPTURE(size.m);
      CAPTURE(size.k);
      CAPTURE(size.n);
      CAPTURE(form);
      const MatmulSpec spec{.m = size.m,
                            .k = size.k,
                            .n = size.n,
                            .a_transposed = form == 1,
                            .b_transposed = form == 2,
                            .bias = form == 0};
      const Operands operands(spec);
      set_threads(1);
      const auto expected = product(spec, operands);
      for (const int count : {2, 3, 4, 7, 16}) {
        CAPTURE(count);
        set_threads(count);
        CHECK((product(spec, operands) == expected));
      }
    }
  }
  set_threads(before);
}

}  // namespace
}  // namespace hourglass::compute::test

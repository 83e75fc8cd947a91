// Logistic regression compared with known optima, and draws of few labels.
#include "evaluate/logistic_regression.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>
#include <set>

#include "compute/kernels/parallel.hpp"
#include "evaluate/memory_rows.hpp"

using namespace hourglass;
using namespace hourglass::evaluate;
using hourglass::test::MemoryRows;

namespace {

std::vector<std::int64_t> all_of(std::size_t count) {
  std::vector<std::int64_t> indices(count);
  std::iota(indices.begin(), indices.end(), std::int64_t{0});
  return indices;
}

/// Three overlapping clouds in five dimensions.
struct Clouds {
  explicit Clouds(std::int64_t count) : codes({}, 5) {
    auto values = test::normals(count * 5, 3);
    for (std::int64_t i = 0; i < count; ++i) {
      labels.push_back(static_cast<std::int32_t>(i % 3));
      values[static_cast<std::size_t>(i * 5 + i % 3)] += 3;
    }
    codes = MemoryRows(std::move(values), 5);
  }
  MemoryRows codes;
  std::vector<std::int32_t> labels;
};

}  // namespace

TEST_CASE("logistic regression: one binary column without penalty reaches the conditional entropy of the labels") {
  // A quarter of the rows with x = 0 and half of those with x = 1 are in class 1, so the best loss is known.
  std::vector<float> values;
  std::vector<std::int32_t> labels;
  for (int i = 0; i < 400; ++i) {
    values.push_back(i < 200 ? 0.0F : 1.0F);
    labels.push_back(i < 200 ? i % 4 == 0 : i % 2);
  }
  const MemoryRows codes(values, 1);
  const LogisticRegression classifier(codes, labels, all_of(400), 2, {.l2 = 0});
  const double entropy = 0.5 * (-0.25 * std::log(0.25) - 0.75 * std::log(0.75)) + 0.5 * std::log(2.0);
  CHECK(classifier.train_loss() == doctest::Approx(entropy).epsilon(1e-6));
}

TEST_CASE("logistic regression: separates clouds as well as their distance allows") {
  const Clouds clouds(6000);
  const LogisticRegression classifier(clouds.codes, clouds.labels, all_of(6000), 3, {});
  // The means are 3 * sqrt(2) apart: the optimal classifier errs for about 3 % of the rows.
  CHECK(classifier.accuracy(clouds.codes, clouds.labels) > 0.96);
  CHECK(classifier.accuracy(clouds.codes, clouds.labels) < 0.985);
}

TEST_CASE("logistic regression: the same bits on one thread and on two") {
  const Clouds clouds(6000);
  const int before = compute::threads();
  double losses[2];
  for (const int threads : {1, 2}) {
    compute::set_threads(threads);
    losses[threads - 1] = LogisticRegression(clouds.codes, clouds.labels, all_of(6000), 3, {}).train_loss();
  }
  compute::set_threads(before);
  CHECK(losses[0] == losses[1]);
}

TEST_CASE("logistic regression: the scale of the code does not matter") {
  const Clouds clouds(600);
  auto scaled = clouds.codes.values();
  for (std::size_t i = 0; i < scaled.size(); i += 5) scaled[i] = 1000 * scaled[i] + 7;
  const LogisticRegression a(clouds.codes, clouds.labels, all_of(600), 3, {});
  const LogisticRegression b(MemoryRows(scaled, 5), clouds.labels, all_of(600), 3, {});
  CHECK(a.train_loss() == doctest::Approx(b.train_loss()).epsilon(1e-4));
}

TEST_CASE("logistic regression: converges in few steps on correlated columns") {
  // Ten columns that share one large component, as neighbouring pixels do, with a hundredth of it each for themselves.
  constexpr std::size_t kRows = 2000, kColumns = 10;
  const auto own = test::normals(kRows * kColumns, 5), shared = test::normals(kRows, 6);
  std::vector<float> values(own.size());
  std::vector<std::int32_t> labels(kRows);
  for (std::size_t row = 0; row < kRows; ++row) {
    for (std::size_t k = 0; k < kColumns; ++k)
      values[row * kColumns + k] = shared[row] + 0.01F * own[row * kColumns + k];
    labels[row] = own[row * kColumns] + 0.5F * own[row * kColumns + 1] > 0 ? 1 : 0;
  }
  const LogisticRegression classifier(MemoryRows(values, kColumns), labels, all_of(kRows), 2, {.l2 = 1e-6});
  CHECK(classifier.converged());
  CHECK(classifier.iterations() <= 30);
}

TEST_CASE("logistic regression: separable classes converge with a weak penalty, and never without one") {
  // Two rows, x = -1 and 1: minimises log(1 + exp(-2 w)) + 2 l2 w^2 over weights (-w, w), by symmetry.
  const MemoryRows codes({-1, 1, -1, 1}, 1);
  const std::vector<std::int32_t> labels = {0, 1, 0, 1};
  const LogisticRegression weak(codes, labels, all_of(4), 2, {.l2 = 1e-7});
  CHECK(weak.converged());
  double w = 1;  // Newton's method on the derivative, -2 / (1 + exp(2 w)) + 4 l2 w
  for (int i = 0; i < 100; ++i) {
    const double p = 1 / (1 + std::exp(2 * w));
    w += (2 * p - 4e-7 * w) / (4 * p * (1 - p) + 4e-7);
  }
  CHECK(weak.train_loss() == doctest::Approx(std::log1p(std::exp(-2 * w))).epsilon(1e-2));
  const LogisticRegression none(codes, labels, all_of(4), 2, {.l2 = 0, .iterations = 50});
  CHECK_FALSE(none.converged());
}

TEST_CASE("logistic regression: a column that never varies is ignored") {
  const Clouds clouds(600);
  std::vector<float> wider;
  for (std::size_t i = 0; i < 3000; ++i) {
    wider.push_back(clouds.codes.values()[i]);
    if (i % 5 == 4) wider.push_back(0.1F);
  }
  const LogisticRegression without(clouds.codes, clouds.labels, all_of(600), 3, {});
  const LogisticRegression with(MemoryRows(wider, 6), clouds.labels, all_of(600), 3, {});
  CHECK(with.train_loss() == doctest::Approx(without.train_loss()).epsilon(1e-6));
}

TEST_CASE("logistic regression: a stronger penalty gives a higher loss") {
  const Clouds clouds(600);
  const LogisticRegression weak(clouds.codes, clouds.labels, all_of(600), 3, {.l2 = 1e-4});
  const LogisticRegression strong(clouds.codes, clouds.labels, all_of(600), 3, {.l2 = 1});
  CHECK(strong.train_loss() > weak.train_loss() + 0.1);
}

TEST_CASE("label budget: is drawn as evenly from the classes as possible") {
  std::vector<std::int32_t> labels;
  for (int i = 0; i < 100; ++i) labels.push_back(i < 95 ? i % 2 : 2);
  base::PhiloxRng rng(1, base::Stream::labels, 0, 0);
  std::vector<int> counts(3);
  for (const auto index : draw_balanced(labels, 3, 30, rng))
    ++counts[static_cast<std::size_t>(labels[static_cast<std::size_t>(index)])];
  CHECK(counts[2] == 5);
  CHECK(counts[0] + counts[1] == 25);
  CHECK(std::abs(counts[0] - counts[1]) <= 1);
}

TEST_CASE("label budget: a smaller one is a prefix of a larger one, without repeats") {
  std::vector<std::int32_t> labels(50);
  for (std::size_t i = 0; i < 50; ++i) labels[i] = static_cast<std::int32_t>(i % 5);
  const auto draw = [&](std::int64_t count) {
    base::PhiloxRng rng(1, base::Stream::labels, 0, 0);
    return draw_balanced(labels, 5, count, rng);
  };
  const auto small = draw(10), large = draw(1000);
  CHECK(large.size() == 50);
  CHECK(std::set(large.begin(), large.end()).size() == 50);
  CHECK(std::equal(small.begin(), small.end(), large.begin()));
}

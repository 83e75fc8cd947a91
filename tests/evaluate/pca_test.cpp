// Principal components compared with variances and with each other.
#include "evaluate/baselines/pca.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

#include "compute/kernels/parallel.hpp"
#include "evaluate/memory_rows.hpp"
#include "evaluate/moments.hpp"

using namespace hourglass;
using namespace hourglass::evaluate;
using hourglass::test::MemoryRows;

namespace {

/// Products are summed in float.
constexpr double kFloat = 1e-4;

double mean_squared_error(const Pca& pca, const MemoryRows& rows) {
  std::vector<float> out(rows.values().size());
  pca.reconstruct(rows.values(), out);
  double sum = 0;
  for (std::size_t i = 0; i < out.size(); ++i) sum += std::pow(static_cast<double>(out[i]) - rows.values()[i], 2);
  return sum / static_cast<double>(rows.rows());
}

double total_variance(const MemoryRows& rows) {
  const auto mean = column_means(rows);
  const auto matrix = covariance(rows, mean);
  double sum = 0;
  for (std::size_t i = 0; i < mean.size(); ++i) sum += matrix[i * mean.size() + i];
  return sum;
}

/// Rows in a plane of many dimensions, away from the origin.
MemoryRows plane(std::int64_t rows, std::int64_t columns) {
  const auto along = test::normals(2 * columns, 5), at = test::normals(2 * rows, 6);
  std::vector<float> values;
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t k = 0; k < columns; ++k) {
      values.push_back(0.5F + at[static_cast<std::size_t>(2 * i)] * along[static_cast<std::size_t>(k)] +
                       at[static_cast<std::size_t>(2 * i + 1)] * along[static_cast<std::size_t>(columns + k)]);
    }
  }
  return {std::move(values), columns};
}

}  // namespace

TEST_CASE("pca: two components reconstruct rows in a plane") {
  for (const std::int64_t columns : {10, 300}) {
    CAPTURE(columns);
    const auto rows = plane(1500, columns);
    CHECK(mean_squared_error(Pca(rows, 2), rows) < 1e-6 * total_variance(rows));
    CHECK(mean_squared_error(Pca(rows, 1), rows) > 0.1 * total_variance(rows));
  }
}

TEST_CASE("pca: too many columns for a matrix are handled by passes over the rows") {
  const auto rows = plane(40, 4100);
  CHECK(mean_squared_error(Pca(rows, 2), rows) < 1e-6 * total_variance(rows));
}

TEST_CASE("pca: the error is the variance of the other components") {
  const auto rows = test::decaying(2000, 30, 1);
  const Pca pca(rows, 8);
  const double kept = std::accumulate(pca.variances().begin(), pca.variances().end(), 0.0);
  CHECK(mean_squared_error(pca, rows) == doctest::Approx(total_variance(rows) - kept).epsilon(kFloat));
}

TEST_CASE("pca: a few components of many columns equal the first of all components") {
  const auto rows = test::decaying(1200, 300, 2);
  const Pca few(rows, 6), many(rows, 300);
  REQUIRE(few.components() == 6);
  for (std::size_t i = 0; i < 6; ++i) CHECK(few.variances()[i] == doctest::Approx(many.variances()[i]).epsilon(kFloat));
}

TEST_CASE("pca: a code wider than the image reconstructs it exactly") {
  const auto rows = test::decaying(50, 6, 3);
  const Pca pca(rows, 32);
  CHECK(pca.components() == 6);
  CHECK(mean_squared_error(pca, rows) < 1e-8);
}

TEST_CASE("pca: the same bits on one thread and on two") {
  const auto rows = test::decaying(1200, 300, 4);
  const int before = compute::threads();
  std::vector<double> variances[2];
  for (const int threads : {1, 2}) {
    compute::set_threads(threads);
    variances[threads - 1] = Pca(rows, 5).variances();
  }
  compute::set_threads(before);
  CHECK(variances[0] == variances[1]);
}

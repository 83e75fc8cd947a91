// Statistics compared with values computed by hand or by naive loops over the definitions.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "compute/kernels/parallel.hpp"
#include "evaluate/faces/statistics_face.hpp"
#include "evaluate/memory_rows.hpp"
#include "evaluate/statistics/assignment.hpp"

using namespace hourglass;
using test::MemoryRows;

namespace {

/// Three clouds of 2-dimensional points around (0, 0), (10, 0) and (0, 10), in turn.
MemoryRows clouds(std::int64_t count) {
  auto values = test::normals(count * 2, 5);
  for (std::int64_t i = 0; i < count; ++i) {
    if (i % 3 > 0) values[static_cast<std::size_t>(2 * i + i % 3 - 1)] += 10;
  }
  return {std::move(values), 2};
}

base::PhiloxRng stream() { return {1, base::Stream::task, 0, 0}; }

}  // namespace

TEST_CASE("nearest: neighbours, their distances and their order are those of a naive search") {
  evaluate::StatisticsFace statistics({});
  const auto points = test::decaying(9000, 7, 1), queries = test::decaying(300, 7, 2);
  for (const std::int64_t k : {1, 20}) {
    const auto near = statistics.nearest(points, queries, k);
    for (std::int64_t q = 0; q < 300; q += 37) {
      std::vector<std::pair<double, std::int64_t>> all;
      for (std::int64_t p = 0; p < 9000; ++p) {
        double sum = 0;
        for (std::int64_t c = 0; c < 7; ++c) {
          sum += std::pow(static_cast<double>(points.values()[static_cast<std::size_t>(7 * p + c)]) -
                              queries.values()[static_cast<std::size_t>(7 * q + c)],
                          2);
        }
        all.emplace_back(sum, p);
      }
      std::sort(all.begin(), all.end());
      for (std::int64_t n = 0; n < k; ++n) {
        CHECK(near.rows[static_cast<std::size_t>(q * k + n)] == all[static_cast<std::size_t>(n)].second);
        CHECK(near.squared_distances[static_cast<std::size_t>(q * k + n)] ==
              doctest::Approx(all[static_cast<std::size_t>(n)].first));
      }
    }
  }
}

TEST_CASE("nearest: the lower of equally near rows comes first, and a row is not its own neighbour") {
  evaluate::StatisticsFace statistics({});
  const MemoryRows points({0, 1, 2, 1}, 1), query({1}, 1);
  CHECK(statistics.nearest(points, query, 3).rows == std::vector<std::int64_t>{1, 3, 0});
  CHECK(statistics.nearest(points, points, 1).rows == std::vector<std::int64_t>{1, 3, 1, 1});
  CHECK_THROWS_WITH(statistics.nearest(points, points, 4), "neighbours expect k from 1 to 3, but got 4");
}

TEST_CASE("nearest: rows far from the origin keep the precision of their differences") {
  evaluate::StatisticsFace statistics({});
  const MemoryRows points({10000, 10001, 10003}, 1), query({10001.25F}, 1);
  const auto near = statistics.nearest(points, query, 2);
  CHECK(near.rows == std::vector<std::int64_t>{1, 0});
  CHECK(near.squared_distances[0] == 0.0625F);
}

TEST_CASE("k_means: finds separate clouds, and its inertia is the sum of squared distances to their means") {
  evaluate::StatisticsFace statistics({});
  const auto points = clouds(300);
  auto rng = stream();
  const auto found = statistics.k_means(points, {.clusters = 3}, rng);
  CHECK(found.converged);
  std::array<std::array<double, 2>, 3> means{};
  for (std::size_t i = 0; i < 600; ++i) means[i / 2 % 3][i % 2] += points.values()[i] / 100.0;
  double inertia = 0;
  for (std::size_t i = 0; i < 600; ++i) inertia += std::pow(points.values()[i] - means[i / 2 % 3][i % 2], 2);
  CHECK(found.inertia == doctest::Approx(inertia));
  CHECK_THROWS_WITH(statistics.k_means(points, {.clusters = 301}, rng),
                    "k-means expects 1 to 300 clusters, at least 1 restart and 1 iteration, but got 301, 5 and 100");
}

TEST_CASE("k_means: as many clusters as different rows leave no inertia") {
  evaluate::StatisticsFace statistics({});
  const MemoryRows points({0, 0, 5, 5, 7, 7, 9, 9}, 1);
  auto rng = stream();
  CHECK(statistics.k_means(points, {.clusters = 4}, rng).inertia == 0);
  CHECK(statistics.k_means(points, {.clusters = 6, .restarts = 1}, rng).inertia == 0);
}

TEST_CASE("mixture: one component has the density of the Gaussian with the rows' mean and covariance") {
  // Computed from the definition, with covariances divided by n.
  evaluate::StatisticsFace statistics({});
  const MemoryRows rows({1, 2, 2, 1, 4, 3, 0, -1, 3, 5}, 2);
  for (const auto& [full, expected] : {std::pair{true, -2.7612643460315405}, std::pair{false, -3.2213478372492634}}) {
    auto rng = stream();
    const auto mixture = statistics.mixture(rows, {.components = 1, .full = full}, rng);
    std::array<double, 1> nats{};
    mixture->log_density(std::array{1.5F, 0.5F}, nats);
    CHECK(nats[0] == doctest::Approx(expected).epsilon(1e-4));
    CHECK(mixture->converged());
  }
}

TEST_CASE("mixture: the entropy of separate clouds is that of their Gaussians plus that of the choice") {
  evaluate::StatisticsFace statistics({});
  const auto rows = clouds(6000);
  auto rng = stream();
  const auto mixture = statistics.mixture(rows, {.components = 3}, rng);
  std::vector<double> nats(6000);
  mixture->log_density(rows.values(), nats);
  const double mean = std::accumulate(nats.begin(), nats.end(), 0.0) / 6000;
  CHECK(mean == doctest::Approx(-std::log(3.0) - std::log(2 * 3.14159265358979) - 1).epsilon(0.01));
}

TEST_CASE("mixture: samples have its means and covariances, and the same numbers give the same samples") {
  evaluate::StatisticsFace statistics({});
  const auto rows = test::decaying(5000, 3, 4);
  for (const bool full : {true, false}) {
    auto rng = stream();
    const auto mixture = statistics.mixture(rows, {.components = 2, .full = full}, rng);
    std::vector<float> samples(30000), again(30000);
    auto one = stream(), two = stream();
    mixture->sample(samples, one);
    mixture->sample(again, two);
    CHECK(samples == again);
    if (full) CHECK(statistics.frechet_distance(rows, MemoryRows(samples, 3)) < 0.01);
  }
}

TEST_CASE("mixture: equal rows and columns that never vary have finite densities") {
  evaluate::StatisticsFace statistics({});
  const MemoryRows rows(std::vector<float>(40, 2.0F), 4);
  auto rng = stream();
  const auto mixture = statistics.mixture(rows, {.components = 3}, rng);
  std::vector<double> nats(1);
  mixture->log_density(std::vector<float>(4, 2.0F), nats);
  CHECK(std::isfinite(nats[0]));
}

TEST_CASE("statistics: k-means and mixtures give the same bits on one and two threads") {
  evaluate::StatisticsFace statistics({});
  const auto rows = test::decaying(3000, 20, 6);
  std::array<std::vector<double>, 2> densities;
  std::array<double, 2> inertias{};
  for (const int threads : {1, 2}) {
    const auto at = static_cast<std::size_t>(threads - 1);
    compute::set_threads(threads);
    auto rng = stream();
    densities[at].resize(3000);
    statistics.mixture(rows, {.components = 4, .iterations = 10}, rng)->log_density(rows.values(), densities[at]);
    inertias[at] = statistics.k_means(rows, {.clusters = 5}, rng).inertia;
  }
  compute::set_threads(1);
  CHECK(densities[0] == densities[1]);
  CHECK(inertias[0] == inertias[1]);
}

TEST_CASE("detection: areas and the rate at 95 % are those of the definitions, with ties") {
  // By loops over all pairs and over all thresholds.
  evaluate::StatisticsFace statistics({});
  const std::vector<double> positives = {0.9, 0.8, 0.5, 0.5, 0.3}, negatives = {0.7, 0.5, 0.4, 0.2, 0.1, 0.1};
  const auto found = statistics.detection(positives, negatives);
  CHECK(found.auroc == doctest::Approx(0.8));
  CHECK(found.aupr == doctest::Approx(0.7916666666666667));
  CHECK(found.fpr95 == doctest::Approx(0.5));
  const std::vector<double> equal(4, 1.0);
  const auto tied = statistics.detection(equal, equal);
  CHECK(tied.auroc == 0.5);
  CHECK(tied.aupr == 0.5);
  CHECK(tied.fpr95 == 1);
  CHECK_THROWS_WITH(statistics.detection({}, equal), "a detection expects positives and negatives, but got 0 and 4");
}

TEST_CASE("agreement: mutual information, Rand index and matching are those of the definitions") {
  // By sums over labels, over all pairs of rows, and over all permutations.
  evaluate::StatisticsFace statistics({});
  const std::vector<std::int32_t> clusters = {0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 3, 3},
                                  classes = {0, 0, 1, 1, 1, 1, 2, 2, 0, 2, 2, 0};
  const auto found = statistics.agreement(clusters, classes);
  CHECK(found.nmi == doctest::Approx(0.5182094945212731));
  CHECK(found.ari == doctest::Approx(0.2889733840304182));
  CHECK(found.accuracy == doctest::Approx(0.6666666666666666));
  const std::vector<std::int32_t> renamed = {2, 2, 2, 0, 0, 0, 3, 3, 3, 3, 1, 1}, one(12, 0);
  const auto perfect = statistics.agreement(renamed, clusters);
  CHECK(perfect.nmi == doctest::Approx(1));
  CHECK(perfect.ari == doctest::Approx(1));
  CHECK(perfect.accuracy == 1);
  CHECK(statistics.agreement(one, classes).nmi == 0);
  CHECK(statistics.agreement(one, classes).ari == 0);
  CHECK(statistics.agreement(one, one).nmi == 1);
  CHECK_THROWS_AS(statistics.agreement(one, std::vector<std::int32_t>(11, 0)), std::invalid_argument);
}

TEST_CASE("assignment: the cheapest one is found") {
  // The best of all 120 permutations.
  const std::vector<double> costs = {7, 5, 9, 8, 11, 9, 12, 7, 11, 9, 8, 5, 4, 6, 9, 7, 3, 6, 9, 6, 4, 6, 7, 5, 11};
  const auto columns = evaluate::cheapest_assignment(costs, 5);
  double sum = 0;
  std::vector<bool> used(5);
  for (std::size_t row = 0; row < 5; ++row) {
    sum += costs[5 * row + columns[row]];
    used[columns[row]] = true;
  }
  CHECK(sum == 28);
  CHECK(std::ranges::count(used, true) == 5);
}

TEST_CASE("calibration: scores of probabilities are those of the definitions") {
  evaluate::StatisticsFace statistics({});
  const std::vector<float> probabilities = {.7F,  .2F,  .1F,  .1F, .85F, .05F, .35F, .34F,
                                            .31F, .05F, .05F, .9F, .5F,  .3F,  .2F};
  const std::vector<std::int32_t> labels = {0, 1, 2, 2, 1};
  const auto found = statistics.calibration(probabilities, labels);
  CHECK(found.accuracy == doctest::Approx(0.6));
  CHECK(found.nll == doctest::Approx(0.5999420349846429));
  CHECK(found.brier == doctest::Approx(0.33684));
  CHECK(found.ece == doctest::Approx(0.28));
}

TEST_CASE("frechet_distance: two-dimensional Gaussians have the closed form of the matrix root") {
  // tr M^(1/2) = (tr M + 2 det(M)^(1/2))^(1/2) for M = C1 C2.
  evaluate::StatisticsFace statistics({});
  const MemoryRows a({1, 0, 0, 2, 3, 1, -1, 1, 2, 2}, 2), b({0, 0, 1, 1, 2, -1, 0, 3}, 2);
  CHECK(statistics.frechet_distance(a, b) == doctest::Approx(1.7942607747500938));
  CHECK(statistics.frechet_distance(b, a) == doctest::Approx(1.7942607747500938));
  CHECK(std::abs(statistics.frechet_distance(a, a)) < 1e-5);
}

TEST_CASE("coverage: precision and recall are those of the definition") {
  // By loops over all pairs.
  evaluate::StatisticsFace statistics({});
  const MemoryRows real({0, 0, 1, 0, 0, 1.2F, 5, 5}, 2),
      generated({0.4F, 0.3F, 9, 9, 4.5F, 4.4F, 20, 20, 0.1F, -0.2F}, 2);
  const auto found = statistics.coverage(real, generated, 1);
  CHECK(found.precision == doctest::Approx(0.8));
  CHECK(found.recall == 1);
  const MemoryRows distant({100, 100, 101, 100, 100, 101}, 2);
  CHECK(statistics.coverage(real, distant, 1).precision == 0);
  CHECK(statistics.coverage(real, distant, 1).recall == 0);
}

TEST_CASE("rows: selected rows are those at the indices, in any pieces") {
  const auto rows = test::decaying(5000, 3, 8);
  std::vector<std::int64_t> indices;
  for (std::int64_t i = 2; i < 5000; i += i % 7 + 1) indices.push_back(i);
  const SelectedRows selected(rows, indices);
  std::vector<float> values(static_cast<std::size_t>(selected.rows() * 3)), some(6);
  selected.read(0, values);
  for (std::size_t i = 0; i < indices.size(); ++i) {
    for (std::size_t c = 0; c < 3; ++c)
      CHECK(values[3 * i + c] == rows.values()[3 * static_cast<std::size_t>(indices[i]) + c]);
  }
  selected.read(100, some);
  CHECK(std::equal(some.begin(), some.end(), values.begin() + 300));
  CHECK_THROWS_AS(SelectedRows(rows, {3, 1}), std::invalid_argument);
}

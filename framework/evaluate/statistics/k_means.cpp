// Lloyd's iterations from centres drawn by k-means++.
#include "evaluate/statistics/k_means.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <stdexcept>
#include <vector>

#include "compute/kernels/gemm.hpp"
#include "compute/kernels/parallel.hpp"
#include "evaluate/statistics/distances.hpp"

namespace hourglass::evaluate {
namespace {

constexpr std::int64_t kPointsPerBlock = 512, kCoordinatesPerBlock = 16;

/// Rows in memory, [n, D].
struct Points {
  std::span<const float> values;
  std::int64_t columns;

  std::int64_t count() const { return static_cast<std::int64_t>(values.size()) / columns; }
  const float* row(std::int64_t i) const { return values.data() + i * columns; }
};

/// Draws the first centre uniformly and each further one with a probability in proportion to the squared distance from
/// the nearest centre so far.
std::vector<float> draw_centres(const Points& points, std::int64_t clusters, Rng& rng) {
  std::vector<float> centres;
  std::vector<double> distances(static_cast<std::size_t>(points.count()), std::numeric_limits<double>::infinity());
  auto chosen = rng.below(points.count());
  for (std::int64_t cluster = 0;; ++cluster) {
    centres.insert(centres.end(), points.row(chosen), points.row(chosen) + points.columns);
    if (cluster + 1 == clusters) return centres;
    compute::parallel_blocks(points.count(), kPointsPerBlock, [&](std::int64_t begin, std::int64_t end) {
      for (auto i = begin; i < end; ++i) {
        auto& nearest = distances[static_cast<std::size_t>(i)];
        nearest = std::min(nearest, squared_distance(points.row(i), points.row(chosen), points.columns));
      }
    });
    double total = 0;
    for (const double distance : distances) total += distance;
    double left = rng.uniform() * total;
    chosen = 0;
    // Ends at the last row that is not a centre yet, should rounding leave a rest.
    for (std::int64_t i = 0; i < points.count() && left >= 0; ++i) {
      if (distances[static_cast<std::size_t>(i)] <= 0) continue;
      chosen = i;
      left -= distances[static_cast<std::size_t>(i)];
    }
  }
}

/// Moves each centre to the mean of its rows.
void update(const Points& points, std::span<const std::int32_t> clusters, std::span<float> centres) {
  const auto columns = points.columns, count = static_cast<std::int64_t>(centres.size()) / columns;
  std::vector<std::int64_t> sizes(static_cast<std::size_t>(count));
  for (const auto cluster : clusters) ++sizes[static_cast<std::size_t>(cluster)];
  compute::parallel_blocks(columns, kCoordinatesPerBlock, [&](std::int64_t begin, std::int64_t end) {
    const auto width = end - begin;
    std::vector<double> sums(static_cast<std::size_t>(count * width));
    for (std::int64_t i = 0; i < points.count(); ++i) {
      double* sum = sums.data() + clusters[static_cast<std::size_t>(i)] * width;
      const float* row = points.row(i) + begin;
      for (std::int64_t k = 0; k < width; ++k) sum[k] += row[k];
    }
    for (std::int64_t cluster = 0; cluster < count; ++cluster) {
      const auto size = sizes[static_cast<std::size_t>(cluster)];
      for (std::int64_t k = 0; k < width && size > 0; ++k) {
        centres[static_cast<std::size_t>(cluster * columns + begin + k)] =
            static_cast<float>(sums[static_cast<std::size_t>(cluster * width + k)] / static_cast<double>(size));
      }
    }
  });
}

double inertia(const Points& points, std::span<const std::int32_t> clusters, std::span<const float> centres) {
  std::vector<double> distances(clusters.size());
  compute::parallel_blocks(points.count(), kPointsPerBlock, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = begin; i < end; ++i) {
      const auto at = static_cast<std::size_t>(i);
      distances[at] = squared_distance(points.row(i), centres.data() + clusters[at] * points.columns, points.columns);
    }
  });
  double sum = 0;
  for (const double distance : distances) sum += distance;
  return sum;
}

Clusters run(const Points& points, const ClusterOptions& options, Rng& rng, StopFlag stop) {
  Clusters result;
  result.centres = draw_centres(points, options.clusters, rng);
  std::vector<std::int32_t> clusters(static_cast<std::size_t>(points.count()), -1), before;
  while (!result.converged && result.iterations < options.iterations) {
    stop.check();
    before = clusters;
    assign(points.values, result.centres, points.columns, clusters);
    ++result.iterations;
    result.converged = clusters == before;
    if (!result.converged) update(points, clusters, result.centres);
  }
  if (!result.converged) assign(points.values, result.centres, points.columns, clusters);
  result.inertia = inertia(points, clusters, result.centres);
  return result;
}

}  // namespace

void assign(std::span<const float> rows, std::span<const float> centres, std::int64_t columns,
            std::span<std::int32_t> clusters) {
  const auto count = static_cast<std::int64_t>(centres.size()) / columns;
  std::vector<float> norms(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    const std::vector<float> origin(static_cast<std::size_t>(columns));
    norms[static_cast<std::size_t>(i)] =
        static_cast<float>(squared_distance(centres.data() + i * columns, origin.data(), columns));
  }
  compute::parallel_blocks(
      static_cast<std::int64_t>(clusters.size()), kPointsPerBlock, [&](std::int64_t begin, std::int64_t end) {
        std::vector<float> products(static_cast<std::size_t>((end - begin) * count));
        compute::gemm(end - begin, count, columns, {rows.data() + begin * columns, columns},
                      {centres.data(), columns, true}, products.data(), count);
        for (auto i = begin; i < end; ++i) {
          const float* of_row = products.data() + (i - begin) * count;
          std::int64_t best = 0;
          const auto distance = [&](std::int64_t c) { return norms[static_cast<std::size_t>(c)] - 2 * of_row[c]; };
          for (std::int64_t c = 1; c < count; ++c)
            if (distance(c) < distance(best)) best = c;
          clusters[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(best);
        }
      });
}

Clusters k_means(const Rows& rows, const ClusterOptions& options, Rng& rng, StopFlag stop) {
  if (options.clusters < 1 || options.clusters > rows.rows() || options.restarts < 1 || options.iterations < 1) {
    throw std::invalid_argument(
        fmt::format("k-means expects 1 to {} clusters, at least 1 restart and 1 iteration, but got {}, {} and {}",
                    rows.rows(), options.clusters, options.restarts, options.iterations));
  }
  const auto values = read_all(rows);
  const Points points{values, rows.columns()};
  Clusters best = run(points, options, rng, stop);
  for (std::int64_t restart = 1; restart < options.restarts; ++restart) {
    auto next = run(points, options, rng, stop);
    if (next.inertia < best.inertia) best = std::move(next);
  }
  return best;
}

}  // namespace hourglass::evaluate

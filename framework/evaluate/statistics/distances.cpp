// Distances by matrix products: |q - p|^2 = |q|^2 + |p|^2 - 2 q p.
#include "evaluate/statistics/distances.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>

#include "compute/kernels/gemm.hpp"
#include "compute/kernels/parallel.hpp"
#include "evaluate/moments.hpp"
#include "evaluate/rows.hpp"

namespace hourglass::evaluate {
namespace {

/// Queries and points of a block: a block of distances, 8 MiB, stays in the cache.
constexpr std::int64_t kQueries = 256, kPoints = 8192;
/// Queries per parallel block.
constexpr std::int64_t kQueriesPerBlock = 8;
/// Candidates beyond k whose distances are computed exactly, because blocks of distances carry rounding errors.
constexpr std::int64_t kSpare = 8;

std::vector<float> squared_norms(std::span<const float> rows, std::int64_t columns) {
  std::vector<float> norms(rows.size() / static_cast<std::size_t>(columns));
  compute::parallel_blocks(static_cast<std::int64_t>(norms.size()), 64, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = begin; i < end; ++i) {
      double sum = 0;
      for (auto k = i * columns; k < (i + 1) * columns; ++k) {
        const double value = rows[static_cast<std::size_t>(k)];
        sum += value * value;
      }
      norms[static_cast<std::size_t>(i)] = static_cast<float>(sum);
    }
  });
  return norms;
}

using Candidate = std::pair<float, std::int64_t>;  // approximate squared distance, row

/// The nearest rows that one query has met so far, as a heap with the farthest in front.
class Nearest {
 public:
  void offer(float distance, std::int64_t row, std::size_t most) {
    const Candidate candidate{distance, row};
    if (heap_.size() < most) {
      heap_.push_back(candidate);
      std::push_heap(heap_.begin(), heap_.end());
    } else if (candidate < heap_.front()) {
      std::pop_heap(heap_.begin(), heap_.end());
      heap_.back() = candidate;
      std::push_heap(heap_.begin(), heap_.end());
    }
  }
  const std::vector<Candidate>& found() const { return heap_; }

 private:
  std::vector<Candidate> heap_;
};

}  // namespace

std::vector<float> read_all(const Rows& rows) {
  std::vector<float> values(static_cast<std::size_t>(rows.rows() * rows.columns()));
  const auto columns = static_cast<std::size_t>(rows.columns());
  for (std::int64_t first = 0; first < rows.rows(); first += kRowsPerRead) {
    const auto count = static_cast<std::size_t>(std::min(kRowsPerRead, rows.rows() - first));
    rows.read(first, std::span(values).subspan(static_cast<std::size_t>(first) * columns, count * columns));
  }
  return values;
}

double squared_distance(const float* a, const float* b, std::int64_t columns) {
  double sum = 0;
  for (std::int64_t k = 0; k < columns; ++k) {
    const double difference = static_cast<double>(a[k]) - b[k];
    sum += difference * difference;
  }
  return sum;
}

void check_widths(const char* what, const Rows& a, const Rows& b) {
  if (a.columns() == b.columns() && a.rows() > 0 && b.rows() > 0) return;
  throw std::invalid_argument(fmt::format("{} expect rows of the same width, but got [{}, {}] and [{}, {}]", what,
                                          a.rows(), a.columns(), b.rows(), b.columns()));
}

void for_each_distance(const Rows& points, const Rows& queries, StopFlag stop,
                       const std::function<void(const DistanceBlock&)>& body) {
  check_widths("distances", points, queries);
  const auto columns = points.columns(), count = points.rows();
  auto known = read_all(points);
  const auto mean = column_means(points);
  centre(known, mean);
  const auto norms = squared_norms(known, columns);
  std::vector<float> asked, squared(static_cast<std::size_t>(kQueries * std::min(kPoints, count)));
  for (std::int64_t query = 0; query < queries.rows(); query += kQueries) {
    stop.check();
    const auto rows = std::min(kQueries, queries.rows() - query);
    asked.resize(static_cast<std::size_t>(rows * columns));
    queries.read(query, asked);
    centre(asked, mean);
    const auto own = squared_norms(asked, columns);
    for (std::int64_t point = 0; point < count; point += kPoints) {
      const auto width = std::min(kPoints, count - point);
      compute::gemm(rows, width, columns, {asked.data(), columns}, {known.data() + point * columns, columns, true},
                    squared.data(), width);
      compute::parallel_blocks(rows, kQueriesPerBlock, [&](std::int64_t begin, std::int64_t end) {
        for (auto row = begin; row < end; ++row) {
          float* values = squared.data() + row * width;
          const float norm = own[static_cast<std::size_t>(row)];
          for (std::int64_t i = 0; i < width; ++i)
            values[i] = std::max(0.0F, norm + norms[static_cast<std::size_t>(point + i)] - 2 * values[i]);
        }
      });
      body({query, rows, point, width, squared.data()});
    }
  }
}

Neighbours nearest(const Rows& points, const Rows& queries, std::int64_t k, StopFlag stop) {
  const bool own = &points == &queries;
  const auto available = points.rows() - (own ? 1 : 0), columns = points.columns();
  if (k < 1 || k > available) {
    throw std::invalid_argument(fmt::format("neighbours expect k from 1 to {}, but got {}", available, k));
  }
  const auto most = static_cast<std::size_t>(std::min(available, k + kSpare));
  std::vector<Nearest> best(static_cast<std::size_t>(queries.rows()));
  for_each_distance(points, queries, stop, [&](const DistanceBlock& block) {
    compute::parallel_blocks(block.queries, kQueriesPerBlock, [&](std::int64_t begin, std::int64_t end) {
      for (auto row = begin; row < end; ++row) {
        auto& of_query = best[static_cast<std::size_t>(block.first_query + row)];
        const float* distances = block.squared + row * block.points;
        for (std::int64_t i = 0; i < block.points; ++i) {
          if (own && block.first_point + i == block.first_query + row) continue;
          of_query.offer(distances[i], block.first_point + i, most);
        }
      }
    });
  });

  Neighbours result{k, {}, {}};
  result.rows.resize(best.size() * static_cast<std::size_t>(k));
  result.squared_distances.resize(result.rows.size());
  const auto known = read_all(points);
  std::vector<float> asked;
  for (std::int64_t query = 0; query < queries.rows(); query += kQueries) {
    const auto rows = std::min(kQueries, queries.rows() - query);
    asked.resize(static_cast<std::size_t>(rows * columns));
    queries.read(query, asked);
    compute::parallel_blocks(rows, kQueriesPerBlock, [&](std::int64_t begin, std::int64_t end) {
      std::vector<std::pair<double, std::int64_t>> exact;
      for (auto row = begin; row < end; ++row) {
        exact.clear();
        for (const auto& [distance, point] : best[static_cast<std::size_t>(query + row)].found()) {
          exact.emplace_back(squared_distance(asked.data() + row * columns, known.data() + point * columns, columns),
                             point);
        }
        std::sort(exact.begin(), exact.end());
        for (std::int64_t i = 0; i < k; ++i) {
          const auto at = static_cast<std::size_t>((query + row) * k + i);
          result.squared_distances[at] = static_cast<float>(exact[static_cast<std::size_t>(i)].first);
          result.rows[at] = exact[static_cast<std::size_t>(i)].second;
        }
      }
    });
  }
  return result;
}

namespace {

/// Returns the fraction of `queries` that lie within the ball of at least one centre; a ball reaches to its centre's
/// k-th neighbour among the centres.
double covered(const Rows& centres, const Rows& queries, std::int64_t k, StopFlag stop) {
  const auto neighbours = nearest(centres, centres, k, stop);
  std::vector<std::uint8_t> inside(static_cast<std::size_t>(queries.rows()));
  for_each_distance(centres, queries, stop, [&](const DistanceBlock& block) {
    compute::parallel_blocks(block.queries, kQueriesPerBlock, [&](std::int64_t begin, std::int64_t end) {
      for (auto row = begin; row < end; ++row) {
        auto& found = inside[static_cast<std::size_t>(block.first_query + row)];
        for (std::int64_t i = 0; i < block.points && found == 0; ++i) {
          const auto radius =
              neighbours.squared_distances[static_cast<std::size_t>((block.first_point + i + 1) * k - 1)];
          found = block.squared[row * block.points + i] <= radius ? 1 : 0;
        }
      }
    });
  });
  return static_cast<double>(std::count(inside.begin(), inside.end(), 1)) / static_cast<double>(inside.size());
}

}  // namespace

Coverage coverage(const Rows& real, const Rows& generated, std::int64_t k, StopFlag stop) {
  check_widths("precision and recall", real, generated);
  return {covered(real, generated, k, stop), covered(generated, real, k, stop)};
}

}  // namespace hourglass::evaluate

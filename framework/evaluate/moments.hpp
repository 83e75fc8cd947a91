// Means and covariances of rows that do not fit in memory.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hourglass/task.hpp"

namespace hourglass::evaluate {

/// Sums the columns of rows that arrive in blocks, in double precision; the same bits on any number of threads.
class ColumnSum {
 public:
  explicit ColumnSum(std::int64_t columns) : sums_(static_cast<std::size_t>(columns)) {}

  void add(std::span<const float> values);  ///< [n, columns]
  std::vector<double> mean() const;         ///< [columns]

 private:
  std::vector<double> sums_;
  std::int64_t rows_ = 0;
};

/// Sums a^T b over rows that arrive in blocks: in float within a block, in double across blocks.
class ProductSum {
 public:
  ProductSum(std::int64_t a_columns, std::int64_t b_columns);

  void add(std::span<const float> a, std::span<const float> b);  ///< [n, a_columns], [n, b_columns]
  std::vector<double> mean() &&;  ///< [a_columns, b_columns], row-major, divided by the number of rows

 private:
  std::int64_t a_columns_, b_columns_, rows_ = 0;
  std::vector<float> block_;
  std::vector<double> sum_;
};

/// Subtracts the means from each row of `values`, [n, D].
void centre(std::span<float> values, const std::vector<double>& mean);

/// Returns the mean of each column, [D].
std::vector<double> column_means(const Rows& rows);

/// Returns the covariance of the columns, [D, D], divided by the number of rows.
std::vector<double> covariance(const Rows& rows, const std::vector<double>& mean);

}  // namespace hourglass::evaluate

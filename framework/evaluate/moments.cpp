// Sums over blocks of rows, parallel over columns or elements so that the order of summation is fixed.
#include "evaluate/moments.hpp"

#include <cstddef>
#include <utility>

#include "compute/kernels/gemm.hpp"
#include "compute/kernels/parallel.hpp"
#include "evaluate/rows.hpp"

namespace hourglass::evaluate {
namespace {

/// Block sizes of parallel loops over columns, over elements of a product, and over rows.
constexpr std::int64_t kColumnsPerBlock = 64, kElementsPerBlock = 1 << 16, kRowsPerBlock = 64;

}  // namespace

void ColumnSum::add(std::span<const float> values) {
  const auto columns = static_cast<std::int64_t>(sums_.size()),
             rows = static_cast<std::int64_t>(values.size()) / columns;
  compute::parallel_blocks(columns, kColumnsPerBlock, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = 0; row < rows; ++row) {
      const float* of_row = values.data() + row * columns;
      for (auto k = begin; k < end; ++k) sums_[static_cast<std::size_t>(k)] += of_row[k];
    }
  });
  rows_ += rows;
}

std::vector<double> ColumnSum::mean() const {
  auto result = sums_;
  for (auto& value : result) value /= static_cast<double>(rows_);
  return result;
}

ProductSum::ProductSum(std::int64_t a_columns, std::int64_t b_columns)
    : a_columns_(a_columns),
      b_columns_(b_columns),
      block_(static_cast<std::size_t>(a_columns * b_columns)),
      sum_(block_.size()) {}

void ProductSum::add(std::span<const float> a, std::span<const float> b) {
  const auto rows = static_cast<std::int64_t>(a.size()) / a_columns_;
  compute::gemm(a_columns_, b_columns_, rows, {a.data(), a_columns_, true}, {b.data(), b_columns_}, block_.data(),
                b_columns_);
  compute::parallel_blocks(static_cast<std::int64_t>(sum_.size()), kElementsPerBlock,
                           [&](std::int64_t begin, std::int64_t end) {
                             for (auto i = begin; i < end; ++i)
                               sum_[static_cast<std::size_t>(i)] += block_[static_cast<std::size_t>(i)];
                           });
  rows_ += rows;
}

std::vector<double> ProductSum::mean() && {
  for (auto& value : sum_) value /= static_cast<double>(rows_);
  return std::move(sum_);
}

void centre(std::span<float> values, const std::vector<double>& mean) {
  const std::vector<float> narrow(mean.begin(), mean.end());
  const auto columns = static_cast<std::int64_t>(mean.size());
  compute::parallel_blocks(static_cast<std::int64_t>(values.size()) / columns, kRowsPerBlock,
                           [&](std::int64_t begin, std::int64_t end) {
                             for (auto row = begin; row < end; ++row) {
                               float* of_row = values.data() + row * columns;
                               for (std::int64_t k = 0; k < columns; ++k)
                                 of_row[k] -= narrow[static_cast<std::size_t>(k)];
                             }
                           });
}

std::vector<double> column_means(const Rows& rows) {
  ColumnSum sum(rows.columns());
  for_each_block(rows, [&](std::int64_t, std::span<float> values) { sum.add(values); });
  return sum.mean();
}

std::vector<double> covariance(const Rows& rows, const std::vector<double>& mean) {
  ProductSum sum(rows.columns(), rows.columns());
  for_each_block(rows, [&](std::int64_t, std::span<float> values) {
    centre(values, mean);
    sum.add(values, values);
  });
  return std::move(sum).mean();
}

}  // namespace hourglass::evaluate

// Alternates between the measurements that `hourglass bench` compares.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/children.hpp"
#include "bench/report.hpp"

namespace hourglass::bench {

/// Measures Hourglass, PyTorch and the matrix products of both in turn, and keeps the best of each, so that another
/// program that uses the machine meanwhile slows down all of them alike. Progress and failures go to standard error.
class Comparison {
 public:
  /// `python` has PyTorch; without it, only Hourglass is measured.
  Comparison(const BenchSettings& settings, std::optional<std::string> python)
      : settings_(settings), python_(std::move(python)) {}

  void add(const BenchNetwork& network, compute::Precision precision);

  /// Measures everything once. With the reference BLAS, PyTorch's steps would take minutes and say nothing: only a
  /// small product is measured.
  void run_round();

  /// Returns the rows that were measured; those of PyTorch only if its network has as many parameters as ours.
  std::vector<Row> rows();

  bool failed() const { return failed_; }

 private:
  Products& products_of(const Row& row) { return products_[row.products.precision == compute::Precision::bf16]; }
  void say(const Row& row, const std::string& message) const;
  void fail(const Row& row, const std::string& message);
  bool pytorch_is_slow(const Row& row);
  void try_ours(Row& row);
  void try_pytorch(Row& row, const PyTorchSetting& setting);
  void try_products(const Row& row);
  void try_pytorch_products(const Row& row, const BenchSettings& settings);

  BenchSettings settings_;
  std::optional<std::string> python_;
  std::vector<Row> rows_;
  Products products_[2];  ///< the best in f32 and bf16
  bool failed_ = false;
};

}  // namespace hourglass::bench

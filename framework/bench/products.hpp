// The rates of matrix products to which the steps of `hourglass bench` are compared, and how they are shown.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "bench/peak.hpp"
#include "bench/pytorch_backend.hpp"
#include "bench/variables.hpp"
#include "compute/kernels/precision.hpp"
#include "results/table.hpp"

namespace hourglass::bench {

/// The fastest products of one number format: the same products on the same number of threads for both.
struct Products {
  compute::Precision precision = compute::Precision::f32;
  int threads = 1;
  std::optional<double> rate;              ///< ours, the ceiling: operations per second; empty: no such product
  std::optional<Peak> peak;                ///< empty: the clock is unknown
  std::optional<PyTorchProducts> pytorch;  ///< empty: not measured
};

/// Returns a table with a row for each format: both rates and the theoretical peak in GF/s, and shares of the peak.
results::Table products_table(const std::vector<Products>& products);

/// Returns the circumstances that make the rates what they are, one sentence each: how each peak is computed, with what
/// PyTorch computed, and which variables of the environment were cleared or kept.
std::vector<std::string> circumstances_of(const std::vector<Products>& products, const Variables& variables);

/// Adds the same values to the object of a row; unknown ones are null.
void add_products(base::Json& object, const Products& products, const Variables& variables);

}  // namespace hourglass::bench

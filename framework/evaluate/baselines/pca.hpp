// Principal components: what the best linear autoencoder of the same code width reaches.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hourglass/task.hpp"

namespace hourglass::evaluate {

/// Mean and leading principal components of rows.
class Pca {
 public:
  /// Fits to all rows; `components` beyond the number of columns are left out. Deterministic, the same bits on any
  /// number of threads. Up to some thousand columns from the covariance matrix, above by passes over the rows alone.
  Pca(const Rows& rows, std::int64_t components);

  std::int64_t components() const { return static_cast<std::int64_t>(basis_.size() / mean_.size()); }
  const std::vector<double>& variances() const { return variances_; }  ///< of the components, falling

  /// Writes the projections of rows [n, D] onto mean and components, [n, D].
  void reconstruct(std::span<const float> rows, std::span<float> out) const;

 private:
  std::vector<double> mean_, variances_;  ///< [D], [k]
  std::vector<float> basis_;              ///< [k, D], orthonormal rows
};

}  // namespace hourglass::evaluate

// Principal component analysis: the error of the best linear autoencoder of the same code width.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hourglass/task.hpp"

namespace hourglass::evaluate {

/// Mean and leading principal components of rows.
class Pca {
 public:
  /// Fits to all rows, with at most as many components as there are columns. Deterministic: the same bits on any number
  /// of threads. Uses the covariance matrix for up to 4096 columns, and passes over the rows for more.
  Pca(const Rows& rows, std::int64_t components);

  std::int64_t components() const { return static_cast<std::int64_t>(basis_.size() / mean_.size()); }
  const std::vector<double>& variances() const { return variances_; }  ///< of the components, in descending order

  /// Keeps only the first `components`, at least 1 and at most as many as there are.
  void keep(std::int64_t components);

  /// Writes the coordinates of rows along the components, [n, D] -> [n, k].
  void project(std::span<const float> rows, std::span<float> codes) const;
  /// Projects rows onto the mean and the components, [n, D] -> [n, D].
  void reconstruct(std::span<const float> rows, std::span<float> out) const;
  /// Returns coordinates to the space of the rows, [n, k] -> [n, D].
  void embed(std::span<const float> codes, std::span<float> out) const;

 private:
  std::vector<double> mean_, variances_;  ///< [D], [k]
  std::vector<float> basis_;              ///< [k, D], orthonormal rows
};

}  // namespace hourglass::evaluate

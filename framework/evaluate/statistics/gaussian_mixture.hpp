// A mixture of Gaussians, fitted by expectation maximisation.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "evaluate/stop.hpp"
#include "hourglass/statistics.hpp"

namespace hourglass::evaluate {

class GaussianMixture final : public Mixture {
 public:
  /// Fits to all rows, which are held in memory. See Statistics::mixture().
  GaussianMixture(const Rows& rows, const MixtureOptions& options, Rng& rng, StopFlag stop);

  void log_density(std::span<const float> rows, std::span<double> nats) const override;
  void sample(std::span<float> rows, Rng& rng) const override;
  std::int64_t iterations() const override { return iterations_; }
  bool converged() const override { return converged_; }

 private:
  struct Component {
    double weight = 0;
    Eigen::VectorXd mean;       ///< [D]
    Eigen::MatrixXd factor;     ///< lower Cholesky factor of the covariance, [D, D]; diagonal: deviations, [D, 1]
    Eigen::MatrixXd whitening;  ///< its inverse
    double log_scale = 0;       ///< log weight + log density at the mean, nats
  };

  /// Fits one component to rows [n, D] with the given weights of the rows.
  void fit(Component& component, std::span<const float> rows, const double* shares, double least) const;
  /// Writes log(weight * density) of each component, [n, components], to `terms`, for n rows.
  void joint(const float* rows, std::int64_t count, Eigen::MatrixXd& terms) const;
  /// Replaces shares [components, n] by the posterior probabilities; returns the mean log-density of the rows.
  double expect(std::span<const float> rows, std::vector<double>& shares) const;

  std::int64_t columns_;
  bool full_;
  std::vector<Component> components_;
  std::int64_t iterations_ = 0;
  bool converged_ = false;
};

}  // namespace hourglass::evaluate

// Statistics of rows, as tasks see them.
#pragma once

#include "evaluate/stop.hpp"
#include "hourglass/statistics.hpp"

namespace hourglass::evaluate {

class StatisticsFace final : public Statistics {
 public:
  explicit StatisticsFace(StopFlag stop) : stop_(stop) {}

  Neighbours nearest(const Rows& points, const Rows& queries, std::int64_t k) override;
  Clusters k_means(const Rows& rows, const ClusterOptions& options, Rng& rng) override;
  std::unique_ptr<Mixture> mixture(const Rows& rows, const MixtureOptions& options, Rng& rng) override;
  std::unique_ptr<Projection> pca(const Rows& rows, std::int64_t components) override;
  Detection detection(std::span<const double> positives, std::span<const double> negatives) const override;
  Agreement agreement(Labels clusters, Labels classes) const override;
  Calibration calibration(std::span<const float> probabilities, Labels labels) const override;
  double frechet_distance(const Rows& a, const Rows& b) override;
  Coverage coverage(const Rows& real, const Rows& generated, std::int64_t k) override;

 private:
  StopFlag stop_;
};

}  // namespace hourglass::evaluate

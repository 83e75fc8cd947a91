#include "evaluate/faces/statistics_face.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "evaluate/baselines/pca.hpp"
#include "evaluate/statistics/decisions.hpp"
#include "evaluate/statistics/distances.hpp"
#include "evaluate/statistics/frechet.hpp"
#include "evaluate/statistics/gaussian_mixture.hpp"
#include "evaluate/statistics/k_means.hpp"

namespace hourglass::evaluate {
namespace {

class PcaProjection final : public Projection {
 public:
  PcaProjection(const Rows& rows, std::int64_t components) : pca_(rows, components) {}

  void project(std::span<const float> rows, std::span<float> codes) const override { pca_.project(rows, codes); }
  void reconstruct(std::span<const float> rows, std::span<float> out) const override { pca_.reconstruct(rows, out); }
  void embed(std::span<const float> codes, std::span<float> out) const override { pca_.embed(codes, out); }

 private:
  Pca pca_;
};

}  // namespace

Neighbours StatisticsFace::nearest(const Rows& points, const Rows& queries, std::int64_t k) {
  return evaluate::nearest(points, queries, k, stop_);
}

Clusters StatisticsFace::k_means(const Rows& rows, const ClusterOptions& options, Rng& rng) {
  return evaluate::k_means(rows, options, rng, stop_);
}

std::unique_ptr<Mixture> StatisticsFace::mixture(const Rows& rows, const MixtureOptions& options, Rng& rng) {
  return std::make_unique<GaussianMixture>(rows, options, rng, stop_);
}

std::unique_ptr<Projection> StatisticsFace::pca(const Rows& rows, std::int64_t components) {
  if (components < 1 || rows.rows() < 1) {
    throw std::invalid_argument(fmt::format(
        "principal components expect at least 1 component and 1 row, but got {} and {}", components, rows.rows()));
  }
  return std::make_unique<PcaProjection>(rows, components);
}

Detection StatisticsFace::detection(std::span<const double> positives, std::span<const double> negatives) const {
  return evaluate::detection(positives, negatives);
}

Agreement StatisticsFace::agreement(Labels clusters, Labels classes) const {
  return evaluate::agreement(clusters, classes);
}

Calibration StatisticsFace::calibration(std::span<const float> probabilities, Labels labels) const {
  return evaluate::calibration(probabilities, labels);
}

double StatisticsFace::frechet_distance(const Rows& a, const Rows& b) { return evaluate::frechet_distance(a, b); }

Coverage StatisticsFace::coverage(const Rows& real, const Rows& generated, std::int64_t k) {
  return evaluate::coverage(real, generated, k, stop_);
}

}  // namespace hourglass::evaluate

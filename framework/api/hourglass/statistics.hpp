// Statistics of rows of numbers that several tasks need: neighbours, clusters, densities, and scores of decisions.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "hourglass/random.hpp"
#include "hourglass/rows.hpp"

namespace hourglass {

/// The nearest points of each query, the nearest first.
struct Neighbours {
  std::int64_t k = 0;
  std::vector<std::int64_t> rows;        ///< [queries, k], the points' rows
  std::vector<float> squared_distances;  ///< [queries, k], Euclidean
};

struct ClusterOptions {
  std::int64_t clusters = 10;     ///< at least 1, at most the number of rows
  std::int64_t restarts = 5;      ///< at least 1; the one with the smallest inertia is kept
  std::int64_t iterations = 100;  ///< at least 1, of each restart
};

struct Clusters {
  std::vector<float> centres;   ///< [clusters, D]
  double inertia = 0;           ///< sum of the squared distances of the rows to their centres
  std::int64_t iterations = 0;  ///< of the restart that was kept
  bool converged = false;       ///< no row changed its cluster in the last iteration
};

struct MixtureOptions {
  std::int64_t components = 10;   ///< at least 1, at most the number of rows
  bool full = true;               ///< full covariance matrices, else diagonal ones
  std::int64_t iterations = 100;  ///< at least 1
  double tolerance = 1e-3;        ///< the fit ends when the mean log-density rises by less, nats
};

/// A mixture of Gaussians. Its methods may be called from the task's thread, any number of times.
class Mixture {
 public:
  virtual ~Mixture() = default;
  /// Writes the log-densities of rows, [n, D] -> [n], in nats.
  virtual void log_density(std::span<const float> rows, std::span<double> nats) const = 0;
  /// Draws rows, [n, D].
  virtual void sample(std::span<float> rows, Rng& rng) const = 0;
  virtual std::int64_t iterations() const = 0;
  virtual bool converged() const = 0;  ///< false if the maximum number of iterations ended the fit
};

/// The mean and the leading principal components of rows.
class Projection {
 public:
  virtual ~Projection() = default;
  /// Writes the coordinates of rows along the components, [n, D] -> [n, components].
  virtual void project(std::span<const float> rows, std::span<float> codes) const = 0;
  /// Projects rows onto the mean and the components, [n, D] -> [n, D].
  virtual void reconstruct(std::span<const float> rows, std::span<float> out) const = 0;
  /// Returns coordinates to the space of the rows, [n, components] -> [n, D].
  virtual void embed(std::span<const float> codes, std::span<float> out) const = 0;
};

/// How well a score separates positives from negatives, over all thresholds.
struct Detection {
  double auroc = 0;  ///< probability that a positive scores higher than a negative; ties count half
  double aupr = 0;   ///< average precision: precision at each threshold, weighted by the rise of recall
  double fpr95 = 0;  ///< fraction of negatives above the highest threshold that finds 95 % of the positives
};

/// How well two partitions of the same rows agree; none depends on how clusters are numbered.
struct Agreement {
  double nmi = 0;       ///< mutual information divided by the mean of the entropies; 1 if both have a single part
  double ari = 0;       ///< adjusted Rand index (Hubert & Arabie 1985)
  double accuracy = 0;  ///< fraction of rows matched by the best one-to-one assignment of clusters to classes
};

/// How well predicted probabilities describe the labels.
struct Calibration {
  double accuracy = 0;  ///< of the most likely class
  double nll = 0;       ///< mean negative log-probability of the label, nats; probabilities below 1e-12 count as 1e-12
  double ece = 0;       ///< expected calibration error, 15 equal bins of confidence (Guo et al. 2017)
  double brier = 0;     ///< mean over rows of the squared distance of the probabilities from the one-hot label
};

/// How generated rows cover real ones (Kynkaanniemi et al. 2019), both in [0, 1].
struct Coverage {
  double precision = 0;  ///< fraction of generated rows within the k-neighbour ball of a real row
  double recall = 0;     ///< fraction of real rows within the k-neighbour ball of a generated row
};

/// Statistics that all tasks compute in the same way. Call its methods from the task's thread. The same arguments give
/// the same bits on any number of threads. Rows of different widths, empty rows and options out of range throw
/// std::invalid_argument.
class Statistics {
 public:
  virtual ~Statistics() = default;

  /// Finds the k nearest points of each query; of equally near ones, the lower row. If both are the same object, a row
  /// is not its own neighbour.
  virtual Neighbours nearest(const Rows& points, const Rows& queries, std::int64_t k) = 0;

  /// Clusters rows by k-means, started by k-means++ (Arthur & Vassilvitskii 2007). A cluster that loses its last row
  /// keeps its centre.
  virtual Clusters k_means(const Rows& rows, const ClusterOptions& options, Rng& rng) = 0;

  /// Fits a mixture of Gaussians by expectation maximisation, started from k-means. Each variance is raised by 1e-6
  /// times the mean variance of the rows.
  virtual std::unique_ptr<Mixture> mixture(const Rows& rows, const MixtureOptions& options, Rng& rng) = 0;

  /// Fits principal components, at most as many as the rows have columns.
  virtual std::unique_ptr<Projection> pca(const Rows& rows, std::int64_t components) = 0;

  /// Scores the separation of positives from negatives, where a higher value is to mean positive.
  virtual Detection detection(std::span<const double> positives, std::span<const double> negatives) const = 0;

  /// Compares clusters with classes, both [n] and not negative.
  virtual Agreement agreement(Labels clusters, Labels classes) const = 0;

  /// Scores probabilities [n, classes] against labels [n].
  virtual Calibration calibration(std::span<const float> probabilities, Labels labels) const = 0;

  /// Returns the squared Fréchet distance of the Gaussians with the means and covariances of both rows (Heusel et al.
  /// 2017): |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)).
  virtual double frechet_distance(const Rows& a, const Rows& b) = 0;

  /// Compares generated rows with real ones by the balls that reach to each row's k-th neighbour of its own kind.
  virtual Coverage coverage(const Rows& real, const Rows& generated, std::int64_t k) = 0;
};

}  // namespace hourglass

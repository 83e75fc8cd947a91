// Expectation maximisation over blocks of rows; each component is fitted by one thread, so that sums have a fixed
// order.
#include "evaluate/statistics/gaussian_mixture.hpp"

#include <fmt/format.h>

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>

#include "compute/kernels/parallel.hpp"
#include "evaluate/statistics/distances.hpp"
#include "evaluate/statistics/k_means.hpp"

namespace hourglass::evaluate {
namespace {

using Matrix = Eigen::MatrixXd;
using RowMajorFloats = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using RowsOfFloats = Eigen::Map<const RowMajorFloats>;

constexpr std::int64_t kRowsPerPass = 512;
/// Relative to the mean variance of the rows, added to each variance; a component with fewer rows keeps its shape.
constexpr double kRidge = 1e-6, kLeastRows = 1e-6;
/// Steps of the k-means that starts a fit.
constexpr std::int64_t kStartIterations = 20;

void check(const Rows& rows, const MixtureOptions& options) {
  if (options.components >= 1 && options.components <= rows.rows() && options.iterations >= 1) return;
  throw std::invalid_argument(
      fmt::format("a mixture expects 1 to {} components and at least 1 iteration, but got {} "
                  "and {}",
                  rows.rows(), options.components, options.iterations));
}

/// Returns the mean over columns of the variance of rows [n, D].
double mean_variance(std::span<const float> rows, std::int64_t columns) {
  std::vector<double> sums(static_cast<std::size_t>(columns)), squares(sums.size());
  for (std::size_t i = 0; i < rows.size(); ++i) sums[i % sums.size()] += rows[i];
  const auto count = static_cast<double>(rows.size()) / static_cast<double>(columns);
  for (auto& sum : sums) sum /= count;
  double total = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double difference = rows[i] - sums[i % sums.size()];
    total += difference * difference;
  }
  return total / static_cast<double>(rows.size());
}

}  // namespace

GaussianMixture::GaussianMixture(const Rows& rows, const MixtureOptions& options, Rng& rng, StopFlag stop)
    : columns_(rows.columns()), full_(options.full) {
  check(rows, options);
  const auto values = read_all(rows);
  const auto count = static_cast<std::size_t>(rows.rows());
  components_.resize(static_cast<std::size_t>(options.components));
  std::vector<double> shares(components_.size() * count);  // [components, n]
  {
    const auto start =
        k_means(rows, {.clusters = options.components, .restarts = 1, .iterations = kStartIterations}, rng, stop);
    std::vector<std::int32_t> clusters(count);
    assign(values, start.centres, columns_, clusters);
    for (std::size_t i = 0; i < count; ++i) shares[static_cast<std::size_t>(clusters[i]) * count + i] = 1;
    for (std::size_t c = 0; c < components_.size(); ++c) {
      components_[c].mean =
          Eigen::Map<const Eigen::VectorXf>(start.centres.data() + c * static_cast<std::size_t>(columns_), columns_)
              .cast<double>();
    }
  }
  // The minimum keeps densities finite if all rows are equal.
  const double least = std::max(kRidge * mean_variance(values, columns_), 1e-12);
  double before = -std::numeric_limits<double>::infinity();
  while (!converged_ && iterations_ < options.iterations) {
    stop.check();
    compute::parallel_tasks(options.components, [&](std::int64_t c) {
      fit(components_[static_cast<std::size_t>(c)], values, shares.data() + static_cast<std::size_t>(c) * count, least);
    });
    ++iterations_;
    const double now = expect(values, shares);
    converged_ = now - before < options.tolerance;
    before = now;
  }
}

void GaussianMixture::fit(Component& component, std::span<const float> rows, const double* shares, double least) const {
  const auto count = static_cast<std::int64_t>(rows.size()) / columns_;
  const double size = Eigen::Map<const Eigen::VectorXd>(shares, count).sum();
  component.weight = std::max(size, kLeastRows) / static_cast<double>(count);
  const bool keeps_shape = size < kLeastRows && component.factor.size() > 0;
  if (!keeps_shape) {
    Eigen::VectorXd sum = Eigen::VectorXd::Zero(columns_);
    const auto for_each = [&](auto body) {
      for (std::int64_t first = 0; first < count; first += kRowsPerPass) {
        const auto n = std::min(kRowsPerPass, count - first);
        const RowsOfFloats block(rows.data() + first * columns_, n, columns_);
        body(block, Eigen::Map<const Eigen::VectorXd>(shares + first, n));
      }
    };
    if (size >= kLeastRows) {
      for_each([&](const auto& block, const auto& share) { sum += block.template cast<double>().transpose() * share; });
      component.mean = sum / size;
    }
    const double scale = 1 / std::max(size, kLeastRows);
    if (full_) {
      Matrix covariance = Matrix::Zero(columns_, columns_);
      for_each([&](const auto& block, const auto& share) {
        const Matrix centred =
            (block.template cast<double>().rowwise() - component.mean.transpose()).array().colwise() *
            share.array().sqrt();
        covariance.template selfadjointView<Eigen::Lower>().rankUpdate(centred.transpose(), scale);
      });
      covariance.diagonal().array() += least;
      component.factor = covariance.template selfadjointView<Eigen::Lower>().llt().matrixL();
      component.whitening =
          component.factor.template triangularView<Eigen::Lower>().solve(Matrix::Identity(columns_, columns_));
    } else {
      Eigen::VectorXd variances = Eigen::VectorXd::Constant(columns_, least);
      for_each([&](const auto& block, const auto& share) {
        variances += scale *
                     (block.template cast<double>().rowwise() - component.mean.transpose())
                         .array()
                         .square()
                         .matrix()
                         .transpose() *
                     share;
      });
      component.factor = variances.cwiseSqrt();
      component.whitening = component.factor.cwiseInverse();
    }
  }
  const Eigen::VectorXd deviations =
      full_ ? Eigen::VectorXd(component.factor.diagonal()) : Eigen::VectorXd(component.factor.col(0));
  component.log_scale = std::log(component.weight) -
                        0.5 * static_cast<double>(columns_) * std::log(2 * std::numbers::pi) -
                        deviations.array().log().sum();
}

void GaussianMixture::joint(const float* rows, std::int64_t count, Matrix& terms) const {
  const Matrix block = RowsOfFloats(rows, count, columns_).cast<double>();
  terms.resize(count, static_cast<std::int64_t>(components_.size()));
  for (std::size_t c = 0; c < components_.size(); ++c) {
    const auto& component = components_[c];
    const Matrix centred = block.rowwise() - component.mean.transpose();
    const Matrix white = full_ ? Matrix(centred * component.whitening.transpose())
                               : Matrix(centred * component.whitening.col(0).asDiagonal());
    terms.col(static_cast<std::int64_t>(c)) = component.log_scale - 0.5 * white.rowwise().squaredNorm().array();
  }
}

double GaussianMixture::expect(std::span<const float> rows, std::vector<double>& shares) const {
  const auto count = static_cast<std::int64_t>(rows.size()) / columns_;
  std::vector<double> nats(static_cast<std::size_t>(count));
  compute::parallel_blocks(count, kRowsPerPass, [&](std::int64_t begin, std::int64_t end) {
    Matrix terms;
    joint(rows.data() + begin * columns_, end - begin, terms);
    for (auto i = begin; i < end; ++i) {
      const auto of_row = terms.row(i - begin);
      const double top = of_row.maxCoeff();
      const double sum = (of_row.array() - top).exp().sum();
      nats[static_cast<std::size_t>(i)] = top + std::log(sum);
      for (std::int64_t c = 0; c < terms.cols(); ++c)
        shares[static_cast<std::size_t>(c * count + i)] = std::exp(of_row(c) - top) / sum;
    }
  });
  double total = 0;
  for (const double value : nats) total += value;
  return total / static_cast<double>(count);
}

void GaussianMixture::log_density(std::span<const float> rows, std::span<double> nats) const {
  if (rows.size() != nats.size() * static_cast<std::size_t>(columns_)) {
    throw std::invalid_argument(fmt::format("the densities of {} rows expect {} numbers, but got {}", nats.size(),
                                            nats.size() * static_cast<std::size_t>(columns_), rows.size()));
  }
  compute::parallel_blocks(static_cast<std::int64_t>(nats.size()), kRowsPerPass,
                           [&](std::int64_t begin, std::int64_t end) {
                             Matrix terms;
                             joint(rows.data() + begin * columns_, end - begin, terms);
                             for (auto i = begin; i < end; ++i) {
                               const auto of_row = terms.row(i - begin);
                               const double top = of_row.maxCoeff();
                               nats[static_cast<std::size_t>(i)] = top + std::log((of_row.array() - top).exp().sum());
                             }
                           });
}

void GaussianMixture::sample(std::span<float> rows, Rng& rng) const {
  const auto count = rows.size() / static_cast<std::size_t>(columns_);
  if (rows.size() != count * static_cast<std::size_t>(columns_)) {
    throw std::invalid_argument(
        fmt::format("samples expect a multiple of {} numbers, but got room for {}", columns_, rows.size()));
  }
  std::vector<float> choices(count), normals(rows.size());
  rng.uniform(choices);
  rng.normal(normals);
  double total = 0;
  for (const auto& component : components_) total += component.weight;
  for (std::size_t i = 0; i < count; ++i) {
    double left = choices[i] * total;
    auto component = components_.begin();
    while (component + 1 != components_.end() && (left -= component->weight) >= 0) ++component;
    const Eigen::VectorXd normal =
        Eigen::Map<const Eigen::VectorXf>(normals.data() + i * static_cast<std::size_t>(columns_), columns_)
            .cast<double>();
    const Eigen::VectorXd row = component->mean + (full_ ? Eigen::VectorXd(component->factor * normal)
                                                         : component->factor.col(0).cwiseProduct(normal));
    for (std::int64_t k = 0; k < columns_; ++k)
      rows[i * static_cast<std::size_t>(columns_) + static_cast<std::size_t>(k)] = static_cast<float>(row(k));
  }
}

}  // namespace hourglass::evaluate

// tr((C1 C2)^(1/2)) is the sum of the roots of the eigenvalues of C1^(1/2) C2 C1^(1/2), which is symmetric.
#include "evaluate/statistics/frechet.hpp"

#include <fmt/format.h>

#include <Eigen/Eigenvalues>
#include <stdexcept>

#include "evaluate/moments.hpp"
#include "evaluate/statistics/distances.hpp"

namespace hourglass::evaluate {
namespace {

using Matrix = Eigen::MatrixXd;
using Solver = Eigen::SelfAdjointEigenSolver<Matrix>;

Matrix sample_covariance(const Rows& rows, const std::vector<double>& mean) {
  const auto values = covariance(rows, mean);
  const auto count = static_cast<double>(rows.rows());
  return Eigen::Map<const Matrix>(values.data(), rows.columns(), rows.columns()) * (count / (count - 1));
}

}  // namespace

double frechet_distance(const Rows& a, const Rows& b) {
  check_widths("a Fréchet distance", a, b);
  if (a.rows() < 2 || b.rows() < 2) {
    throw std::invalid_argument(
        fmt::format("a Fréchet distance expects at least 2 rows on each side, but got {} and {}", a.rows(), b.rows()));
  }
  const auto mean_a = column_means(a), mean_b = column_means(b);
  const Matrix of_a = sample_covariance(a, mean_a), of_b = sample_covariance(b, mean_b);
  const Solver solver(of_a);
  // Rounding leaves eigenvalues slightly below zero.
  const Eigen::VectorXd roots = solver.eigenvalues().cwiseMax(0).cwiseSqrt();
  const Matrix root = solver.eigenvectors() * roots.asDiagonal() * solver.eigenvectors().transpose();
  const Matrix product = root * of_b * root;
  const double shared =
      Solver(0.5 * (product + product.transpose()), Eigen::EigenvaluesOnly).eigenvalues().cwiseMax(0).cwiseSqrt().sum();
  const Eigen::Map<const Eigen::VectorXd> from(mean_a.data(), a.columns()), to(mean_b.data(), b.columns());
  return (from - to).squaredNorm() + of_a.trace() + of_b.trace() - 2 * shared;
}

}  // namespace hourglass::evaluate

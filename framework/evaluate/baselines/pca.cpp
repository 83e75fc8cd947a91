// Leading eigenvectors of a covariance: directly, by subspace iteration on the matrix, or by passes over the rows.
#include "evaluate/baselines/pca.hpp"

#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <utility>

#include "base/random.hpp"
#include "compute/kernels/gemm.hpp"
#include "evaluate/moments.hpp"
#include "evaluate/rows.hpp"

namespace hourglass::evaluate {
namespace {

using Matrix = Eigen::MatrixXd;
using RowMajorFloats = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// With more columns, a covariance matrix takes too much memory (4096: 128 MiB).
constexpr std::int64_t kLargestMatrix = 4096;
/// Up to this number of columns, or for more than an eighth of them, all eigenvectors are computed at once.
constexpr std::int64_t kSmallestForIteration = 256;

/// Leading eigenvectors as columns, [D, k], and their eigenvalues in descending order.
struct Eigenpairs {
  Matrix vectors;
  Eigen::VectorXd values;
};

Eigenpairs leading(const Matrix& symmetric, std::int64_t count) {
  const Eigen::SelfAdjointEigenSolver<Matrix> solver(symmetric);
  return {solver.eigenvectors().rightCols(count).rowwise().reverse(), solver.eigenvalues().tail(count).reverse()};
}

Matrix orthonormal(const Matrix& columns) {
  const Eigen::HouseholderQR<Matrix> qr(columns);
  return qr.householderQ() * Matrix::Identity(columns.rows(), columns.cols());
}

/// Finds the leading eigenvectors of a covariance by subspace iteration with oversampling (Halko, Martinsson & Tropp
/// 2011), until the captured variance stops rising or after `passes`. `apply` multiplies by the covariance, [D, m].
Eigenpairs iterate(const std::function<Matrix(const Matrix&)>& apply, std::int64_t columns, std::int64_t count,
                   int passes) {
  constexpr double kUnchanged = 1e-7;
  const auto width = std::min(columns, count + std::max<std::int64_t>(16, count / 2));
  std::vector<float> numbers(static_cast<std::size_t>(columns * width));
  base::PhiloxRng(0, base::Stream::task, 0, 0).normal(numbers);
  Matrix basis = orthonormal(Eigen::Map<const Eigen::MatrixXf>(numbers.data(), columns, width).cast<double>());
  double captured = 0;
  for (int pass = 1;; ++pass) {
    const Matrix image = apply(basis), small = basis.transpose() * image;
    const auto pairs = leading(0.5 * (small + small.transpose()), count);
    const double before = std::exchange(captured, pairs.values.sum());
    if (pass == passes || captured - before <= kUnchanged * captured) return {basis * pairs.vectors, pairs.values};
    basis = orthonormal(image);
  }
}

/// Multiplies a covariance matrix in memory by vectors, [D, m] -> [D, m].
Matrix multiply(const std::vector<float>& covariance, const Matrix& vectors) {
  const RowMajorFloats narrow = vectors.cast<float>();
  RowMajorFloats result(vectors.rows(), vectors.cols());
  compute::gemm(vectors.rows(), vectors.cols(), vectors.rows(), {covariance.data(), vectors.rows()},
                {narrow.data(), narrow.cols()}, result.data(), result.cols());
  return result.cast<double>();
}

/// The same product without the matrix, by one pass over the rows.
Matrix multiply(const Rows& rows, const std::vector<double>& mean, const Matrix& vectors) {
  const RowMajorFloats narrow = vectors.cast<float>();
  const auto width = narrow.cols(), columns = narrow.rows();
  Matrix sum = Matrix::Zero(columns, width);
  RowMajorFloats product(columns, width);
  std::vector<float> projections;
  for_each_block(rows, [&](std::int64_t, std::span<float> values) {
    centre(values, mean);
    const auto count = static_cast<std::int64_t>(values.size()) / columns;
    projections.resize(static_cast<std::size_t>(count * width));
    compute::gemm(count, width, columns, {values.data(), columns}, {narrow.data(), width}, projections.data(), width);
    compute::gemm(columns, width, count, {values.data(), columns, true}, {projections.data(), width}, product.data(),
                  width);
    sum += product.cast<double>();
  });
  return sum / static_cast<double>(rows.rows());
}

Eigenpairs principal(const Rows& rows, const std::vector<double>& mean, std::int64_t count) {
  // Applying the matrix in memory is cheap; a pass over the rows is not, and a few passes are accurate enough.
  constexpr int kPassesOverMatrix = 200, kPassesOverRows = 8;
  const auto columns = rows.columns();
  if (columns > kLargestMatrix) {
    return iterate([&](const Matrix& vectors) { return multiply(rows, mean, vectors); }, columns, count,
                   kPassesOverRows);
  }
  auto matrix = covariance(rows, mean);
  if (columns <= kSmallestForIteration || count > columns / 8) {
    return leading(Eigen::Map<const Matrix>(matrix.data(), columns, columns), count);
  }
  const std::vector<float> narrow(matrix.begin(), matrix.end());
  matrix = {};
  return iterate([&](const Matrix& vectors) { return multiply(narrow, vectors); }, columns, count, kPassesOverMatrix);
}

}  // namespace

Pca::Pca(const Rows& rows, std::int64_t components) : mean_(column_means(rows)) {
  const auto count = std::min(components, rows.columns());
  const auto pairs = principal(rows, mean_, count);
  variances_.assign(pairs.values.begin(), pairs.values.end());
  basis_.resize(static_cast<std::size_t>(count * rows.columns()));
  Eigen::Map<RowMajorFloats>(basis_.data(), count, rows.columns()) = pairs.vectors.transpose().cast<float>();
}

void Pca::keep(std::int64_t components) {
  variances_.resize(static_cast<std::size_t>(components));
  basis_.resize(static_cast<std::size_t>(components) * mean_.size());
}

void Pca::project(std::span<const float> rows, std::span<float> codes) const {
  const auto columns = static_cast<std::int64_t>(mean_.size()),
             count = static_cast<std::int64_t>(rows.size()) / columns;
  std::vector<float> centred(rows.begin(), rows.end());
  centre(centred, mean_);
  compute::gemm(count, components(), columns, {centred.data(), columns}, {basis_.data(), columns, true}, codes.data(),
                components());
}

void Pca::embed(std::span<const float> codes, std::span<float> out) const {
  const auto columns = static_cast<std::int64_t>(mean_.size()), width = components(),
             count = static_cast<std::int64_t>(codes.size()) / width;
  for (std::int64_t row = 0; row < count; ++row) std::copy(mean_.begin(), mean_.end(), out.begin() + row * columns);
  compute::gemm(count, columns, width, {codes.data(), width}, {basis_.data(), columns}, out.data(), columns, true);
}

void Pca::reconstruct(std::span<const float> rows, std::span<float> out) const {
  std::vector<float> codes(rows.size() / mean_.size() * static_cast<std::size_t>(components()));
  project(rows, codes);
  embed(codes, out);
}

}  // namespace hourglass::evaluate

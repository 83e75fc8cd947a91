// Solves the normal equations of least squares from noisy to clean images.
#include "evaluate/baselines/linear_denoiser.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <cstdint>
#include <utility>

#include "compute/kernels/gemm.hpp"
#include "evaluate/moments.hpp"
#include "evaluate/rows.hpp"

namespace hourglass::evaluate {
namespace {

using RowMajorDoubles = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Added to the diagonal, relative to its mean: pixels that never vary would make the solution ambiguous, and the
/// covariance, summed in float, is no more accurate than this.
constexpr double kRidge = 1e-4;

}  // namespace

LinearDenoiser::LinearDenoiser(const Rows& noisy, const Rows& clean) {
  const auto columns = noisy.columns();
  const auto clean_mean = column_means(clean);
  // Noise is drawn only once: noisy rows are centred with the clean mean, and `shift` corrects the difference.
  ColumnSum noisy_sum(columns);
  ProductSum own_sum(columns, columns), cross_sum(columns, columns);
  std::vector<float> targets;
  for_each_block(noisy, [&](std::int64_t first, std::span<float> values) {
    targets.resize(values.size());
    clean.read(first, targets);
    noisy_sum.add(values);
    centre(values, clean_mean);
    centre(targets, clean_mean);
    own_sum.add(values, values);
    cross_sum.add(values, targets);
  });
  const auto noisy_mean = noisy_sum.mean();
  const Eigen::Map<const Eigen::VectorXd> from(noisy_mean.data(), columns), to(clean_mean.data(), columns);
  const Eigen::VectorXd shift = from - to;

  Eigen::MatrixXd matrix;
  {
    const auto own = std::move(own_sum).mean();
    matrix = Eigen::Map<const Eigen::MatrixXd>(own.data(), columns, columns);
  }
  matrix.noalias() -= shift * shift.transpose();
  // The minimum keeps the equations solvable if no pixel varies at all.
  matrix.diagonal().array() += std::max(kRidge * matrix.diagonal().mean(), 1e-12);
  auto cross = std::move(cross_sum).mean();  // [noisy, clean]
  Eigen::Map<RowMajorDoubles> weights(cross.data(), columns, columns);
  const Eigen::LLT<Eigen::Ref<Eigen::MatrixXd>> factors(matrix);
  factors.solveInPlace(weights);

  const Eigen::VectorXd intercept = to - weights.transpose() * from;
  weights_.assign(cross.begin(), cross.end());
  intercept_.assign(intercept.begin(), intercept.end());
}

void LinearDenoiser::denoise(std::span<const float> noisy, std::span<float> out) const {
  const auto columns = static_cast<std::int64_t>(intercept_.size()),
             count = static_cast<std::int64_t>(noisy.size()) / columns;
  for (std::int64_t row = 0; row < count; ++row)
    std::copy(intercept_.begin(), intercept_.end(), out.begin() + row * columns);
  compute::gemm(count, columns, columns, {noisy.data(), columns}, {weights_.data(), columns}, out.data(), columns,
                true);
}

}  // namespace hourglass::evaluate

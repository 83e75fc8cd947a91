// The mean cross-entropy and its gradient over blocks of rows, minimised by preconditioned L-BFGS.
#include "evaluate/logistic_regression.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <span>

#include "base/random.hpp"
#include "compute/kernels/gemm.hpp"
#include "compute/kernels/parallel.hpp"
#include "evaluate/minimise.hpp"
#include "evaluate/moments.hpp"
#include "evaluate/rows.hpp"

namespace hourglass::evaluate {
namespace {

/// Rows per block when loss and gradient are computed in parallel; fixed, so that sums do not depend on the number of
/// threads.
constexpr std::int64_t kBlock = 2048;

/// The fit ends when no element of the gradient with respect to the preconditioned variables is larger than this share
/// of the loss. An absolute limit would end the fit of separable classes, whose loss can become tiny, too early.
constexpr double kTolerance = 5e-4;

/// The training problem: standardised codes, each followed by a 1, [n, K + 1], and their labels.
struct Problem {
  std::span<const float> inputs;
  std::span<const std::int32_t> labels;
  std::int64_t columns, classes;
  double l2;

  std::int64_t rows() const { return static_cast<std::int64_t>(labels.size()); }
};

/// Turns logits [n, classes] into (softmax - one-hot) / n_total and returns the sum of the rows' cross-entropies. Both
/// are computed from the other classes' probabilities, so that they stay accurate when these are tiny.
double residuals(std::span<float> logits, std::span<const std::int32_t> labels, std::int64_t classes, float share) {
  double loss = 0;
  for (std::size_t row = 0; row < labels.size(); ++row) {
    float* values = logits.data() + static_cast<std::int64_t>(row) * classes;
    float& own = values[labels[row]];
    const float top = *std::max_element(values, values + classes);
    const double own_logit = own - top;
    for (std::int64_t c = 0; c < classes; ++c) values[c] = std::exp(values[c] - top);
    double others = 0;
    for (std::int64_t c = 0; c < classes; ++c) others += &values[c] == &own ? 0 : values[c];
    const double sum = own + others, scale = share / sum;
    loss += own_logit < 0 ? std::log(sum) - own_logit : std::log1p(others);
    for (std::int64_t c = 0; c < classes; ++c) values[c] *= static_cast<float>(scale);
    own = static_cast<float>(-others * scale);
  }
  return loss;
}

/// Returns the mean cross-entropy at `weights` [K + 1, classes] and writes its gradient unless `gradient` is empty.
double cross_entropy(const Problem& problem, std::span<const double> weights, std::span<double> gradient) {
  const std::vector<float> narrow(weights.begin(), weights.end());
  const auto size = narrow.size();
  const auto blocks = (problem.rows() + kBlock - 1) / kBlock;
  std::vector<float> gradients(gradient.empty() ? 0 : static_cast<std::size_t>(blocks) * size);
  std::vector<double> losses(static_cast<std::size_t>(blocks));
  const auto share = static_cast<float>(1.0 / static_cast<double>(problem.rows()));
  compute::parallel_blocks(problem.rows(), kBlock, [&](std::int64_t begin, std::int64_t end) {
    const auto count = end - begin, block = begin / kBlock, columns = problem.columns, classes = problem.classes;
    const float* inputs = problem.inputs.data() + begin * columns;
    std::vector<float> logits(static_cast<std::size_t>(count * classes));
    compute::gemm(count, classes, columns, {inputs, columns}, {narrow.data(), classes}, logits.data(), classes);
    losses[static_cast<std::size_t>(block)] =
        residuals(logits, problem.labels.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(count)),
                  classes, share);
    if (gradients.empty()) return;
    compute::gemm(columns, classes, count, {inputs, columns, true}, {logits.data(), classes},
                  gradients.data() + static_cast<std::size_t>(block) * size, classes);
  });
  std::fill(gradient.begin(), gradient.end(), 0.0);
  for (std::size_t i = 0; i < gradients.size(); ++i) gradient[i % size] += gradients[i];
  return std::accumulate(losses.begin(), losses.end(), 0.0) / static_cast<double>(problem.rows());
}

/// Adds the L2 penalty on all weights except the biases, and its gradient.
double penalised(const Problem& problem, std::span<const double> weights, std::span<double> gradient) {
  double loss = cross_entropy(problem, weights, gradient), squares = 0;
  const auto count = static_cast<std::size_t>((problem.columns - 1) * problem.classes);
  for (std::size_t i = 0; i < count; ++i) {
    squares += weights[i] * weights[i];
    gradient[i] += 2 * problem.l2 * weights[i];
  }
  return loss + problem.l2 * squares;
}

/// Variables in which the loss is equally curved in all directions, so that L-BFGS needs few steps however the columns
/// are correlated: with the Cholesky decomposition L L^T of the Hessian of each class at zero weights, p (1 - p) M + 2
/// l2 I where M [K + 1, K + 1] is the mean of x x^T and p = 1 / classes, the variables of weights w are L^T w.
class Preconditioner {
 public:
  explicit Preconditioner(const Problem& problem) : classes_(problem.classes) {
    ProductSum sum(problem.columns, problem.columns);
    const auto step = static_cast<std::size_t>(kBlock * problem.columns);
    for (auto rest = problem.inputs; !rest.empty(); rest = rest.subspan(std::min(step, rest.size()))) {
      const auto block = rest.first(std::min(step, rest.size()));
      sum.add(block, block);
    }
    const auto mean = std::move(sum).mean();
    const double share = 1.0 / static_cast<double>(classes_);
    Eigen::MatrixXd hessian =
        share * (1 - share) * Eigen::Map<const Eigen::MatrixXd>(mean.data(), problem.columns, problem.columns);
    hessian.diagonal().array() += 2 * problem.l2 + kRidge;
    factor_.compute(hessian);
  }

  /// Returns the weights [K + 1, classes] of the variables [K + 1, classes].
  std::vector<double> weights(std::span<const double> variables) const {
    std::vector<double> result(variables.begin(), variables.end());
    map(result) = factor_.matrixU().solve(map(result));
    return result;
  }

  /// Turns the gradient with respect to the weights into that with respect to the variables.
  void transform(std::span<double> gradient) const { map(gradient) = factor_.matrixL().solve(map(gradient)); }

 private:
  static constexpr double kRidge = 1e-6;  ///< keeps the matrix regular without a penalty

  using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  Eigen::Map<Matrix> map(std::span<double> values) const {
    return {values.data(), static_cast<std::int64_t>(values.size()) / classes_, classes_};
  }

  std::int64_t classes_;
  Eigen::LLT<Eigen::MatrixXd> factor_;
};

/// Reads the chosen rows, ascending, block by block, each followed by room for one more number, [chosen, columns + 1].
std::vector<float> gather(const Rows& rows, std::span<const std::int64_t> chosen) {
  const auto columns = rows.columns();
  std::vector<float> result(chosen.size() * static_cast<std::size_t>(columns + 1));
  auto next = chosen.begin();
  auto out = result.begin();
  for_each_block(rows, [&](std::int64_t first, std::span<float> values) {
    const auto end = first + static_cast<std::int64_t>(values.size()) / columns;
    for (; next != chosen.end() && *next < end; ++next, out += columns + 1)
      std::copy_n(values.begin() + (*next - first) * columns, columns, out);
  });
  return result;
}

}  // namespace

std::vector<std::int64_t> draw_balanced(std::span<const std::int32_t> labels, std::int64_t classes, std::int64_t count,
                                        Rng& rng) {
  std::vector<std::int64_t> order(labels.size());
  std::iota(order.begin(), order.end(), std::int64_t{0});
  base::shuffle(order, rng);
  std::vector<std::vector<std::int64_t>> of_class(static_cast<std::size_t>(classes));
  for (const auto index : order)
    of_class[static_cast<std::size_t>(labels[static_cast<std::size_t>(index)])].push_back(index);

  const auto budget = std::min(static_cast<std::size_t>(count), labels.size());
  std::vector<std::int64_t> drawn;
  for (std::size_t turn = 0; drawn.size() < budget; ++turn) {
    for (const auto& members : of_class) {
      if (turn < members.size() && drawn.size() < budget) drawn.push_back(members[turn]);
    }
  }
  return drawn;
}

LogisticRegression::LogisticRegression(const Rows& codes, std::span<const std::int32_t> labels,
                                       std::span<const std::int64_t> chosen, std::int64_t classes,
                                       const ClassifierOptions& options, StopFlag stop)
    : width_(codes.columns()),
      classes_(classes),
      mean_(static_cast<std::size_t>(width_)),
      scale_(static_cast<std::size_t>(width_)) {
  auto inputs = gather(codes, chosen);  // [n, K + 1]
  measure(inputs);
  standardise(inputs);
  std::vector<std::int32_t> targets(chosen.size());
  for (std::size_t i = 0; i < chosen.size(); ++i) targets[i] = labels[static_cast<std::size_t>(chosen[i])];

  const Problem problem{inputs, targets, width_ + 1, classes, options.l2};
  const Preconditioner preconditioner(problem);
  std::vector<double> variables(static_cast<std::size_t>(problem.columns * classes));
  const auto loss = [&](std::span<const double> x, std::span<double> gradient) {
    stop.check();
    const auto value = penalised(problem, preconditioner.weights(x), gradient);
    preconditioner.transform(gradient);
    return value;
  };
  const auto result =
      minimise(loss, variables, {.iterations = options.iterations, .tolerance = 0, .relative_tolerance = kTolerance});
  const auto weights = preconditioner.weights(variables);
  iterations_ = result.iterations;
  converged_ = result.converged;
  train_loss_ = cross_entropy(problem, weights, {});
  weights_.assign(weights.begin(), weights.end());
}

std::vector<float> LogisticRegression::logits(std::span<const float> codes) const {
  const auto columns = width_ + 1, count = static_cast<std::int64_t>(codes.size()) / width_;
  std::vector<float> inputs(static_cast<std::size_t>(count * columns)),
      logits(static_cast<std::size_t>(count * classes_));
  for (std::int64_t row = 0; row < count; ++row) {
    std::copy_n(codes.begin() + row * width_, width_, inputs.begin() + row * columns);
  }
  standardise(inputs);
  compute::gemm(count, classes_, columns, {inputs.data(), columns}, {weights_.data(), classes_}, logits.data(),
                classes_);
  return logits;
}

double LogisticRegression::accuracy(const Rows& codes, std::span<const std::int32_t> labels) const {
  std::int64_t correct = 0;
  for_each_block(codes, [&](std::int64_t first, std::span<float> values) {
    const auto all = logits(values);
    for (auto row = all.begin(); row != all.end(); row += classes_, ++first)
      correct += std::max_element(row, row + classes_) - row == labels[static_cast<std::size_t>(first)];
  });
  return static_cast<double>(correct) / static_cast<double>(codes.rows());
}

void LogisticRegression::measure(std::span<const float> inputs) {
  const auto width = static_cast<std::size_t>(width_);
  std::vector<double> sums(width), squares(width);
  const auto rows = static_cast<double>(inputs.size() / (width + 1));
  for (const float* row = inputs.data(); row < inputs.data() + inputs.size(); row += width + 1) {
    for (std::size_t k = 0; k < width; ++k) sums[k] += row[k];
  }
  for (std::size_t k = 0; k < width; ++k) mean_[k] = static_cast<float>(sums[k] / rows);
  for (const float* row = inputs.data(); row < inputs.data() + inputs.size(); row += width + 1) {
    for (std::size_t k = 0; k < width; ++k) squares[k] += std::pow(static_cast<double>(row[k]) - mean_[k], 2);
  }
  for (std::size_t k = 0; k < width; ++k) {
    // A smaller deviation is the rounding error of a constant column.
    const double deviation = std::sqrt(squares[k] / rows), least = 1e-6 * std::abs(mean_[k]);
    scale_[k] = deviation > least ? static_cast<float>(1 / deviation) : 0.0F;
  }
}

void LogisticRegression::standardise(std::span<float> inputs) const {
  const auto width = static_cast<std::size_t>(width_);
  for (float* row = inputs.data(); row < inputs.data() + inputs.size(); row += width + 1) {
    for (std::size_t k = 0; k < width; ++k) row[k] = (row[k] - mean_[k]) * scale_[k];
    row[width] = 1;
  }
}

}  // namespace hourglass::evaluate

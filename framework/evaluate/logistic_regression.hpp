// Multinomial logistic regression on codes or pixels: how well a linear map predicts the labels from them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "evaluate/stop.hpp"
#include "hourglass/random.hpp"
#include "hourglass/task.hpp"

namespace hourglass::evaluate {

/// Draws `count` labels at random, as evenly from the classes as possible, or all of them if there are fewer. Returns
/// their indices in the order of the draw, so that a smaller draw is a prefix of a larger one.
std::vector<std::int64_t> draw_balanced(std::span<const std::int32_t> labels, std::int64_t classes, std::int64_t count,
                                        Rng& rng);

/// A fitted classifier: a linear map of codes, standardised with the means and deviations of the training codes.
class LogisticRegression {
 public:
  /// Fits to the rows of `codes` [n, K] at `chosen`, ascending, with `labels` [n] in [0, classes). A constant column is
  /// ignored. Minimises the mean cross-entropy plus l2 times the squared weights, over all rows at every step. Gives
  /// the same bits on any number of threads.
  LogisticRegression(const Rows& codes, std::span<const std::int32_t> labels, std::span<const std::int64_t> chosen,
                     std::int64_t classes, const ClassifierOptions& options, StopFlag stop = {});

  /// Returns the logits of codes, [n, K] -> [n, classes].
  std::vector<float> logits(std::span<const float> codes) const;

  /// Returns the fraction of rows whose most likely class is their label.
  double accuracy(const Rows& codes, std::span<const std::int32_t> labels) const;

  double train_loss() const { return train_loss_; }  ///< mean cross-entropy of the chosen rows, nats
  std::int64_t iterations() const { return iterations_; }
  bool converged() const { return converged_; }  ///< false if the maximum number of steps ended the fit

 private:
  /// Computes means and deviations of the first K columns of [n, K + 1].
  void measure(std::span<const float> inputs);
  /// Standardises the first K columns of [n, K + 1] and sets the last one, the input of the biases, to 1.
  void standardise(std::span<float> inputs) const;

  std::int64_t width_, classes_;
  std::vector<float> mean_, scale_;  ///< [K]
  std::vector<float> weights_;       ///< [K + 1, classes], the biases in the last row
  double train_loss_ = 0;
  std::int64_t iterations_ = 0;
  bool converged_ = false;
};

}  // namespace hourglass::evaluate

// Multinomial logistic regression on codes: how much of the labels a linear map can read from them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "evaluate/stop.hpp"
#include "hourglass/random.hpp"
#include "hourglass/task.hpp"

namespace hourglass::evaluate {

/// Chooses `count` of the labels at random, as many of each class as there are to be had; returns their indices in the
/// order of the draw, so that a smaller draw is the beginning of a larger one. All of them, shuffled, when there are
/// fewer.
std::vector<std::int64_t> draw_balanced(std::span<const std::int32_t> labels, std::int64_t classes, std::int64_t count,
                                        Rng& rng);

/// A fitted classifier: codes are standardised with the training codes' means and deviations, then mapped linearly.
class LogisticRegression {
 public:
  /// Fits to the rows of `codes` [n, K] at `chosen`, with `labels` [n] in [0, classes). A column that does not vary is
  /// ignored. Minimises the mean cross-entropy plus l2 times the squared weights, with all rows at every step. The same
  /// bits on any number of threads.
  LogisticRegression(const Rows& codes, std::span<const std::int32_t> labels, std::span<const std::int64_t> chosen,
                     std::int64_t classes, const ClassifierOptions& options, StopFlag stop = {});

  /// Returns the share of rows whose most likely class is their label.
  double accuracy(const Rows& codes, std::span<const std::int32_t> labels) const;

  double train_loss() const { return train_loss_; }  ///< mean cross-entropy of the chosen rows, nats
  std::int64_t iterations() const { return iterations_; }

 private:
  /// Takes means and deviations from codes with one number behind each that does not count, [n, K + 1].
  void measure(std::span<const float> inputs);
  /// Standardises such codes and sets the number behind each to 1, which the biases are multiplied with.
  void standardise(std::span<float> inputs) const;

  std::int64_t width_, classes_;
  std::vector<float> mean_, scale_;  ///< [K]
  std::vector<float> weights_;       ///< [K + 1, classes], the biases in the last row
  double train_loss_ = 0;
  std::int64_t iterations_ = 0;
};

}  // namespace hourglass::evaluate

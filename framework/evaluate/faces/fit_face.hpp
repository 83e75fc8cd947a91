// Fits classifiers on top of the trained model.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "evaluate/logistic_regression.hpp"
#include "evaluate/stop.hpp"
#include "evaluate/trained.hpp"
#include "hourglass/task.hpp"
#include "train/classifier.hpp"

namespace hourglass::evaluate {

class FitFace final : public Fit {
 public:
  /// All arguments must outlive it.
  FitFace(const Trained& trained, TrainedModel& model, TaskData& data, StopFlag stop)
      : trained_(trained), model_(model), data_(data), stop_(stop) {}

  ClassifierResult classifier(const ClassifierOptions& options) override;
  std::vector<double> accuracies(const ClassifierOptions& options, std::span<const Rows* const> inputs,
                                 Split split) override;

 private:
  /// Draws the labelled training images that a classifier may use; returns their indices.
  std::vector<std::int64_t> draw(const ClassifierOptions& options) const;
  /// Returns what a frozen classifier reads of a split.
  const Rows& read_by(const ClassifierOptions& options, Split split) const;
  /// Fits a frozen classifier on the drawn images `chosen`.
  LogisticRegression fitted(const ClassifierOptions& options, std::span<const std::int64_t> chosen) const;
  ClassifierResult frozen(const ClassifierOptions& options) const;
  /// Fits a classifier jointly with the encoder, trained or from scratch.
  ClassifierResult with_encoder(const ClassifierOptions& options) const;
  /// Returns the fraction of a split's images that are classified correctly.
  double accuracy(train::Classifier& classifier, Split split) const;

  Trained trained_;
  TrainedModel& model_;
  TaskData& data_;
  StopFlag stop_;
};

}  // namespace hourglass::evaluate

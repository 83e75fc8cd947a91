// Fits classifiers on top of the trained model.
#pragma once

#include <cstdint>
#include <memory>
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
  std::unique_ptr<ImageClassifier> image_classifier(const ClassifierOptions& options) override;
  ImageClassifier& reference() override;

 private:
  /// Returns the number of labelled training images that the options ask for.
  std::int64_t labelled(const ClassifierOptions& options) const;
  /// Draws the labelled training images that a classifier may use; returns their indices.
  std::vector<std::int64_t> draw(const ClassifierOptions& options) const;
  /// Fits a frozen classifier on the drawn images `chosen`.
  LogisticRegression fitted(const ClassifierOptions& options, std::span<const std::int64_t> chosen) const;
  ClassifierResult frozen(const ClassifierOptions& options) const;
  /// Scores a frozen classifier that was fitted on `images` labelled images.
  ClassifierResult result_of(const LogisticRegression& classifier, const ClassifierOptions& options,
                             std::size_t images) const;
  /// Fits a classifier jointly with the encoder, trained or from scratch.
  train::Classifier with_encoder(const ClassifierOptions& options) const;
  /// Scores a classifier that was trained on `images` labelled images.
  ClassifierResult result_of(train::Classifier& classifier, std::int64_t images) const;
  /// Returns the fraction of a split's images that are classified correctly.
  double accuracy(train::Classifier& classifier, Split split) const;

  Trained trained_;
  TrainedModel& model_;
  TaskData& data_;
  StopFlag stop_;
  std::unique_ptr<ImageClassifier> reference_;
};

}  // namespace hourglass::evaluate

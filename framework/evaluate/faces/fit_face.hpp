// Classifiers that tasks fit to the model.
#pragma once

#include "evaluate/stop.hpp"
#include "evaluate/trained.hpp"
#include "hourglass/task.hpp"
#include "train/classifier.hpp"

namespace hourglass::evaluate {

class FitFace final : public Fit {
 public:
  /// What it refers to must outlive it.
  FitFace(const Trained& trained, TaskData& data, StopFlag stop) : trained_(trained), data_(data), stop_(stop) {}

  ClassifierResult classifier(const ClassifierOptions& options) override;

 private:
  /// Draws the labelled images of train that a classifier may use.
  std::vector<std::int64_t> draw(const ClassifierOptions& options) const;
  ClassifierResult frozen(const ClassifierOptions& options) const;
  /// Joint or from scratch.
  ClassifierResult with_encoder(const ClassifierOptions& options) const;
  /// Returns the share of a split's images whose class is found.
  double accuracy(train::Classifier& classifier, Split split) const;

  Trained trained_;
  TaskData& data_;
  StopFlag stop_;
};

}  // namespace hourglass::evaluate

// Classifiers that tasks fit to the model.
#pragma once

#include "evaluate/stop.hpp"
#include "evaluate/subject.hpp"
#include "hourglass/task.hpp"

namespace hourglass::evaluate {

class FitFace final : public Fit {
 public:
  /// Subject and data must outlive it.
  FitFace(const Subject& subject, TaskData& data, StopFlag stop) : subject_(subject), data_(data), stop_(stop) {}

  ClassifierResult classifier(const ClassifierOptions& options) override;

 private:
  /// Draws the labelled images of train that a classifier may use.
  std::vector<std::int64_t> draw(const ClassifierOptions& options) const;
  ClassifierResult frozen(const ClassifierOptions& options) const;

  const Subject& subject_;
  TaskData& data_;
  StopFlag stop_;
};

}  // namespace hourglass::evaluate

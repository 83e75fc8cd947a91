// Scores images, and compares the model with its baselines.
#pragma once

#include "evaluate/baselines/baselines.hpp"
#include "evaluate/faces/data_face.hpp"
#include "hourglass/task.hpp"

namespace hourglass::evaluate {

class ScoresFace final : public Scores {
 public:
  /// The other faces must outlive it.
  ScoresFace(TrainedModel& model, DataFace& data, Report& report)
      : model_(model),
        data_(data),
        report_(report),
        baselines_(data.clean(Split::train), data.noisy(Split::train), model.code_size()) {}

  ImageScores score(const Rows& images, const Rows& targets) override;
  void compare(const Rows& inputs, const Rows& targets, Split split, std::string_view protocol) override;
  std::vector<std::string> baselines(bool denoising) const override { return baselines_.names(denoising); }
  ImageMap baseline(std::string_view name) override { return baselines_.map(name); }

 private:
  /// Throws std::invalid_argument unless both hold equally many images of the model's shape, at least one.
  void check(const Rows& images, const Rows& targets) const;
  /// Returns the labels for reconstructing all `rows` of a split; none if the model does not read labels.
  Labels labels_of(Split split, std::int64_t rows) const;

  TrainedModel& model_;
  DataFace& data_;
  Report& report_;
  Baselines baselines_;
};

}  // namespace hourglass::evaluate

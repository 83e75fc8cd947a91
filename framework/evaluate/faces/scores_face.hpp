// Scores images, and compares the model with its baselines.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

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
  ImageScores reconstruct(const Rows& inputs, const Rows& targets, Split split) override;
  void compare(std::shared_ptr<const Noise> noise, Split split, std::string_view protocol) override;

 private:
  struct Contender;

  /// Throws std::invalid_argument unless both hold equally many images of the model's shape, at least one.
  void check(const Rows& images, const Rows& targets) const;
  /// Scores the model and the baselines with these names; all outputs are clipped to [0, 1] if that is denoising.
  std::vector<Contender> scored(const Rows& inputs, const Rows& targets, Split split, Baselines& baselines,
                                const std::vector<std::string>& names);
  /// Compares the model with these baselines.
  void compare(const Rows& inputs, const Rows& targets, Split split, std::string_view protocol, Baselines& baselines);
  /// Returns the labels for reconstructing all `rows` of a split; none if the model does not read labels.
  Labels labels_of(Split split, std::int64_t rows) const;

  TrainedModel& model_;
  DataFace& data_;
  Report& report_;
  Baselines baselines_;
};

}  // namespace hourglass::evaluate

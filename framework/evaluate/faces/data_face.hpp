// The data of a run as tasks see it: images, noisy images, codes and labels of the three splits.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "evaluate/baselines/pca.hpp"
#include "evaluate/rows.hpp"
#include "evaluate/stop.hpp"
#include "hourglass/task.hpp"
#include "subject/subject.hpp"

namespace hourglass::evaluate {

class DataFace final : public TaskData {
 public:
  /// `model` computes the codes. Both must outlive it.
  DataFace(const subject::Subject& subject, TrainedModel& model, StopFlag stop);

  std::int64_t classes() const override { return data_.classes(); }
  std::span<const std::string> class_names() const override { return data_.class_names(); }

  const Rows& clean(Split split) override { return of(split).clean; }
  const Rows& noisy(Split split) override { return of(split).noisy; }
  const Rows& codes(Split split) override;
  Labels labels(Split split) override;
  ValueRange range() const override { return data_.range(); }
  const Rows& excluded(Split split) override { return split == Split::test ? excluded_test_ : excluded_train_; }
  std::span<const float> true_features() const override { return data_.true_features(); }
  std::unique_ptr<Rows> noisy(Split split, std::shared_ptr<const Noise> noise) override;
  std::string noise_text() const override;
  std::vector<Representation> representations() const override;
  const Rows& represent(Representation representation, Split split) override;
  const Rows& outliers(Outliers kind, Split split) override;
  std::unique_ptr<Rows> images(std::shared_ptr<const Dataset> dataset) override;

 private:
  /// One split of the data.
  struct Part {
    Part(const subject::Subject& subject, Split split, StopFlag stop);
    CleanRows clean;
    NoisyRows noisy;
    OutlierRows uniform, shuffled;
    std::optional<CodeRows> codes, random_codes, components;
  };
  /// Returns the codes that `model` gives the images of a split, made at the first use of `codes`.
  const Rows& encoded(std::optional<CodeRows>& codes, TrainedModel& model, Split split);
  const Rows& components(Split split);
  Part& of(Split split) { return split == Split::train ? train_ : split == Split::validation ? validation_ : test_; }

  const subject::Subject& subject_;
  const subject::Data& data_;
  TrainedModel& model_;
  StopFlag stop_;
  Part train_, validation_, test_;
  CleanRows excluded_train_, excluded_test_;
  std::unique_ptr<const Pca> pca_;  ///< fitted at its first use
};

}  // namespace hourglass::evaluate

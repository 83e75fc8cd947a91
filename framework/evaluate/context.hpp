// What tasks ask: the host's side of hourglass/task.hpp.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "evaluate/baselines/baselines.hpp"
#include "evaluate/evaluation.hpp"
#include "evaluate/inference.hpp"
#include "evaluate/rows.hpp"

namespace hourglass::evaluate {

/// Serves all tasks of one run, one after another, so that codes and baselines are computed once. Not for several
/// threads.
class Context final : public TaskContext {
 public:
  /// The subject must outlive it.
  explicit Context(const Subject& subject);

  /// Starts a task: from now on it has random numbers of its own, keyed by `name`, and its pictures and tables go to
  /// `folder`.
  void begin_task(const std::string& name, std::filesystem::path folder);
  std::vector<Metric> take_metrics() { return std::move(metrics_); }

  ImageShape image_shape() const override { return subject_.data.shape(); }
  std::int64_t code_size() const override { return subject_.autoencoder.code_size(); }
  std::int64_t classes() const override { return subject_.data.classes(); }

  const Rows& clean(Split split) override { return of(split).clean; }
  const Rows& noisy(Split split) override { return of(split).noisy; }
  const Rows& codes(Split split) override;
  std::span<const std::int32_t> labels(Split split) override;

  void encode(std::span<const float> images, std::span<float> codes) override { inference_.encode(images, codes); }
  void decode(std::span<const float> codes, std::span<float> images) override { inference_.decode(codes, images); }
  void reconstruct(std::span<const float> images, std::span<float> out) override {
    inference_.reconstruct(images, out);
  }

  std::vector<std::string> baselines(bool denoising) const override { return baselines_.names(denoising); }
  ImageMap baseline(std::string_view name) override { return baselines_.map(name); }

  ClassifierResult fit_classifier(const ClassifierOptions& options) override;

  Rng& rng() override { return *rng_; }

  void report(Metric metric) override;
  void picture(std::string_view name, const Grid& grid) override;
  void table(std::string_view name, const std::vector<std::string>& columns,
             const std::vector<std::vector<std::string>>& cells) override;

 private:
  /// One split of the data.
  struct Part {
    Part(const Subject& subject, Split split);
    CleanRows clean;
    NoisyRows noisy;
    std::optional<CodeRows> codes;
  };
  Part& of(Split split) { return split == Split::train ? train_ : split == Split::validation ? validation_ : test_; }

  const Subject& subject_;
  Inference inference_;
  Part train_, validation_, test_;
  JoinedRows all_clean_, all_noisy_;  ///< train and validation, which baselines are fitted on
  Baselines baselines_;
  std::filesystem::path folder_;  ///< of the task's files
  std::unique_ptr<base::PhiloxRng> rng_;
  std::vector<Metric> metrics_;
};

}  // namespace hourglass::evaluate

// The training loop: batches, noise, steps, validation, early stop, checkpoints.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compute/graph/model.hpp"
#include "compute/graph/plan.hpp"
#include "compute/optimise/optimizer.hpp"
#include "experiment/config.hpp"
#include "hourglass/noise.hpp"
#include "results/run_folder.hpp"
#include "subject/autoencoder.hpp"
#include "subject/checkpoint.hpp"
#include "subject/data_splits.hpp"
#include "subject/schedule.hpp"
#include "subject/settings.hpp"
#include "train/gradient_average.hpp"

namespace hourglass::train {

/// Where the time of the steps (updates) went, seconds. `data` is gather and conversion; `total` is all time since
/// training began.
struct Profile {
  double data = 0, noise = 0, forward = 0, backward = 0, optimizer = 0, total = 0;
  std::int64_t steps = 0;
};

/// Told how training goes on. Called from the training thread; must be quick.
class Observer {
 public:
  virtual ~Observer() = default;
  /// After each batch: images of this epoch so far, of how many, and the epoch's mean loss. With a full-batch optimiser
  /// the images are counted anew for each evaluation.
  virtual void step(std::int64_t epoch, std::int64_t images, std::int64_t of, double mean_loss) = 0;
  virtual void epoch(const results::EpochRow& row) = 0;
};

enum class Outcome { finished, interrupted, diverged };

struct Report {
  Outcome outcome = Outcome::finished;
  std::int64_t epoch = 0;  ///< finished epochs
  std::string reason;      ///< of a divergence: epoch, and batch and first bad tensor where they are known
  Profile profile;
};

/// What is trained. Everything must outlive the trainer.
struct Setup {
  const experiment::Config& config;
  std::uint64_t seed;
  const subject::Data& data;
  const Noise& noise;
  subject::Autoencoder& autoencoder;
  const results::RunFolder& folder;
};

/// Tells whether an update of so many batches moves each parameter as soon as its gradient is there: it needs neither
/// the norm of all gradients nor those of several batches.
bool updates_on_the_way(const subject::TrainSettings::Params& settings, const compute::Optimizer& optimizer,
                        std::int64_t batches_of_update);

/// Trains one model from its first step or from the folder's last checkpoint. Given the same setup and thread count it
/// leaves the same bits, however often it was stopped.
class Trainer {
 public:
  explicit Trainer(const Setup& setup);

  /// Continues from checkpoints/last when there is one.
  void resume();

  /// Trains until done, until `stop` becomes true (a checkpoint is written after the update under way), or until the
  /// loss is not finite or far beyond what images can cost. On return checkpoints/last holds the last state and, with a
  /// validation split, checkpoints/best the best parameters; with an average of the parameters, both hold it as what
  /// tasks see.
  Report run(const std::atomic<bool>& stop, Observer& observer);

  /// Of the steps so far; without `total` until run() returns.
  const Profile& profile() const { return profile_; }
  /// Times each operation of the plans that are compiled from now on.
  void profile_operations() { profiles_operations_ = true; }
  /// Returns what the operations have cost in training steps of this batch size; empty unless they are timed.
  std::span<const compute::StepCost> operations(std::int64_t batch) { return plan(batch, true).profile(); }

 private:
  enum class Progress { ended, stopped, diverged };

  Progress train_epoch(const std::atomic<bool>& stop, Observer& observer);
  void begin_epoch();
  std::optional<compute::Advance> step(Observer& observer);
  double gather(Observer& observer);
  void end_step();
  compute::Losses gradients(std::span<const std::int64_t> indices, std::int64_t batch);
  void go_back(compute::Plan& plan);
  void report(Observer& observer, std::int64_t images) const;
  std::span<const std::int64_t> indices(std::int64_t batch) const;
  double mean_loss(const subject::SplitView& split, std::int64_t count);
  void end_epoch(Observer& observer, std::optional<double> validation, bool stuck);
  bool should_end() const;
  void save_last();
  std::uint64_t keyed_epoch() const;
  compute::Plan& plan(std::int64_t images, bool training);
  compute::Model& shown() { return averaged_ ? *averaged_ : model_; }
  void fill_labels(compute::Plan& plan, std::span<const std::int32_t> labels,
                   std::span<const std::int64_t> indices) const;

  Setup setup_;
  subject::TrainSettings::Params settings_;
  std::int64_t clean_epochs_;  ///< before the noise sets in
  subject::SplitView train_, validation_;
  std::int64_t batch_size_, batches_;  ///< of an epoch
  std::unique_ptr<compute::Optimizer> optimizer_;
  std::int64_t per_update_ = 1;             ///< batches
  bool on_the_way_;                         ///< updates_on_the_way()
  compute::Model model_;                    ///< what is trained
  std::optional<compute::Model> averaged_;  ///< its moving average, where there is one: what validation and tasks see
  std::optional<GradientAverage> gradient_average_;  ///< where an update has several batches
  std::unique_ptr<subject::Schedule> schedule_;
  double learning_rate_ = 0;                                      ///< the optimiser's own
  double last_rate_ = 0;                                          ///< of the last step, with the schedule
  std::map<std::pair<std::int64_t, bool>, compute::Plan> plans_;  ///< by batch size and whether it trains
  Node labels_;                                                   ///< none when the network does not look at labels
  std::vector<std::int64_t> order_;                               ///< of the epoch's images
  std::vector<results::EpochRow> rows_;
  subject::Position at_;
  double seconds_before_ = 0;  ///< of training before this process took over
  std::chrono::steady_clock::time_point started_, saved_;
  Profile profile_;
  bool profiles_operations_ = false;
  std::string reason_;
};

}  // namespace hourglass::train

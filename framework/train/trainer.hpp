// Runs an experiment's phases: validation, early stop, checkpoints, and going on where a run was stopped.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compute/graph/model.hpp"
#include "results/epoch_metrics.hpp"
#include "results/run_folder.hpp"
#include "subject/checkpoint.hpp"
#include "subject/subject.hpp"
#include "train/phase.hpp"
#include "train/update.hpp"
#include "train/validation.hpp"

namespace hourglass::train {

/// Told how training goes on. Called from the training thread; must be quick.
class Observer {
 public:
  virtual ~Observer() = default;
  /// After each batch of the last phase: images of this epoch so far, of how many, and the epoch's mean objective. With
  /// a full-batch optimiser the images are counted anew for each evaluation.
  virtual void step(std::int64_t epoch, std::int64_t images, std::int64_t of, double mean_objective) = 0;
  /// After each epoch of the last phase.
  virtual void epoch(const results::EpochRow& row) = 0;
  /// After each epoch of a phase before the last: `epoch` of `epochs`, counted from 1, and its mean loss.
  virtual void prepared(const std::string& /*phase*/, std::int64_t /*epoch*/, std::int64_t /*epochs*/,
                        double /*loss*/) {}
};

enum class Outcome { finished, interrupted, diverged };

struct Report {
  Outcome outcome = Outcome::finished;
  std::int64_t epoch = 0;  ///< finished epochs of the last phase
  std::string reason;      ///< of a divergence: epoch, and batch and first bad tensor where they are known
  Profile profile;         ///< of the last phase that ran
};

/// Trains one subject from its first step or from the folder's last checkpoint, phase after phase. The last phase is
/// the run's training: it is validated, its epochs are the lines of metrics.csv, and it may stop early; the phases
/// before it prepare the parameters. Given the same subject and thread count it leaves the same bits, however often it
/// was stopped. For one thread; subject and folder must outlive it.
class Trainer {
 public:
  /// Writes nothing before run().
  Trainer(const subject::Subject& subject, const results::RunFolder& folder);

  /// Continues from checkpoints/last when there is one. UserError when it is damaged or another run's.
  void resume();

  /// Trains until done, until `stop` becomes true (a checkpoint is written after the update under way), or until the
  /// loss is not finite or far beyond what images can cost. On return checkpoints/last holds the last state and, with a
  /// validation split, checkpoints/best the parameters of the lowest monitored validation loss; with an average of the
  /// parameters, both hold it as what tasks see.
  Report run(const std::atomic<bool>& stop, Observer& observer);

  /// Of the steps so far of the phase under way; without `total` until run() returns.
  const Profile& profile() const { return update_->profile(); }
  /// The updates of the phase under way, for its operations' times.
  Update& update() { return *update_; }
  /// What the last phase takes, which trains the whole network: its memory is the most that run() holds.
  Cost cost();

 private:
  enum class Progress { ended, stopped, diverged };

  void begin_phase();
  const Phase& phase() const { return phases_[static_cast<std::size_t>(at_.phase)]; }
  bool is_last() const { return at_.phase + 1 == static_cast<std::int64_t>(phases_.size()); }
  const compute::Network& network() const { return *subject_.autoencoder.network; }
  Progress train_epoch(const std::atomic<bool>& stop, Observer& observer);
  std::optional<compute::Advance> train_batches(const std::atomic<bool>& stop, Observer& observer, bool& stopped);
  bool is_finite();
  bool is_sound(const results::LossParts& parts, std::string_view which);
  void clear_epoch();
  void report(Observer& observer, std::int64_t images) const;
  void end_preparing_epoch(Observer& observer, bool stuck);
  void end_epoch(Observer& observer, std::optional<results::LossParts> validation, bool stuck);
  void judge(const results::LossParts& train, const std::optional<results::LossParts>& validation);
  bool should_end() const;
  void save_last();

  const subject::Subject& subject_;
  const results::RunFolder& folder_;
  std::vector<Phase> phases_;
  subject::SplitView train_, validation_;
  compute::Model model_;          ///< what is trained
  std::optional<Update> update_;  ///< of the phase under way
  std::optional<Validation> measure_;
  results::EpochMetrics metrics_;
  subject::Position at_;
  double seconds_before_ = 0;  ///< of training before this process took over
  std::chrono::steady_clock::time_point started_, saved_;
  std::string reason_;
};

}  // namespace hourglass::train

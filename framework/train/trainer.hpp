// Runs the phases of an experiment, with validation, early stopping, checkpoints and resuming.
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
#include "train/observer.hpp"
#include "train/phase.hpp"
#include "train/update.hpp"
#include "train/validation.hpp"

namespace hourglass::train {

/// What Trainer::resume() has found.
struct Resumed {
  std::string from;                ///< the position that training continues from; "" if it begins with its first step
  std::vector<std::string> notes;  ///< a sentence for each file that could not be used
};

/// Trains one subject phase by phase, from its first step or from the folder's last checkpoint. Only the last phase is
/// validated, written to metrics.csv and may stop early; earlier phases initialise the parameters. The same subject and
/// thread count give the same bits, no matter how often training was stopped. To be used by one thread; subject and
/// folder must outlive it.
class Trainer {
 public:
  /// Writes no files; run() does.
  Trainer(const subject::Subject& subject, const results::RunFolder& folder);

  /// Continues from checkpoints/last or, if it cannot be used, because it is damaged or of another run, from
  /// checkpoints/previous. A damaged metrics.csv is restored from the checkpoint, without its times. To be called at
  /// most once, before run().
  Resumed resume();

  /// Trains until done, until `stop` becomes true (the current update is finished and a checkpoint is written), or
  /// until the loss diverges. Until training is done, checkpoints/previous is the checkpoint before the last. On return
  /// checkpoints/last has the last state and, with a validation split,
  /// checkpoints/best has the parameters with the lowest monitored validation loss. With a moving average, tasks see
  /// the averaged parameters of both.
  Report run(const std::atomic<bool>& stop, Observer& observer);

  /// Returns the profile of the current phase's steps so far; `total` is set only when run() returns.
  const Profile& profile() const { return update_->profile(); }
  /// Returns the updates of the current phase, which have the times of its operations.
  Update& update() { return *update_; }
  /// Returns the cost of the last phase, which trains the whole network and needs the most memory.
  Cost cost();

 private:
  enum class Progress { ended, stopped, diverged };

  void begin_phase();
  void begin();
  void continue_from(const std::string& name, std::vector<std::string>& notes);
  void restore_rows(const std::vector<std::vector<double>>& epochs, std::vector<std::string>& notes);
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
  std::optional<Update> update_;  ///< of the current phase
  std::optional<Validation> measure_;
  results::EpochMetrics metrics_;
  subject::Position at_;
  double seconds_before_ = 0;       ///< training time of earlier processes
  std::int64_t images_before_ = 0;  ///< images of the current epoch that earlier processes have trained on
  std::chrono::steady_clock::time_point started_, saved_;
  std::string reason_;
};

}  // namespace hourglass::train

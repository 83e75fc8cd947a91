// What a training tells while it runs, and at its end.
#pragma once

#include <cstdint>
#include <string>

#include "results/epoch_metrics.hpp"

namespace hourglass::train {

/// How the time of the steps (updates) is spent, in seconds. `data` is reading and conversion; `total` is the whole
/// time since training began.
struct Profile {
  double data = 0, noise = 0, forward = 0, backward = 0, optimizer = 0, total = 0;
  std::int64_t steps = 0;
};

/// Receives the progress of training. Called from the training thread; must return quickly.
class Observer {
 public:
  virtual ~Observer() = default;
  /// Called after each batch of the last phase with the images of this epoch so far, `of` how many, and the mean
  /// objective of the epoch so far. With a full-batch optimiser the count restarts for each evaluation of the loss.
  virtual void step(std::int64_t epoch, std::int64_t images, std::int64_t of, double mean_objective) = 0;
  /// Called after each epoch of the last phase.
  virtual void epoch(const results::EpochRow& row) = 0;
  /// Called after each epoch of an earlier phase: `epoch` of `epochs`, counted from 1, and its mean loss.
  virtual void prepared(const std::string& /*phase*/, std::int64_t /*epoch*/, std::int64_t /*epochs*/,
                        double /*loss*/) {}
};

enum class Outcome { finished, interrupted, diverged };

struct Report {
  Outcome outcome = Outcome::finished;
  std::int64_t epoch = 0;  ///< finished epochs of the last phase
  std::string reason;      ///< of a divergence: the epoch and, if known, the batch and the first non-finite tensor
  Profile profile;         ///< of the last phase that ran
};

}  // namespace hourglass::train

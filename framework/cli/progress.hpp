// Progress of runs on standard error: one living line on a terminal, a plain line an epoch otherwise.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "cli/status_line.hpp"
#include "sweep/run_cells.hpp"

namespace hourglass::cli {

class Progress final : public sweep::SweepObserver {
 public:
  /// `quiet` prints nothing but notes and failures; `profile` prints where each trained cell's time went.
  Progress(bool quiet, bool profile);

  void begin_cell(std::int64_t index, std::int64_t count, const std::string& label, std::int64_t epochs) override;
  void end_cell(const run::CellOutcome& outcome) override;
  void step(std::int64_t epoch, std::int64_t images, std::int64_t of, double mean_objective) override;
  /// Objectives: without penalties, the reconstruction loss.
  void epoch(const results::EpochRow& row) override;
  void prepared(const std::string& phase, std::int64_t epoch, std::int64_t epochs, double loss) override;
  void task(const std::string& name) override;
  void note(const std::string& message) override;

 private:
  using Clock = std::chrono::steady_clock;

  void line(const std::string& text);

  bool quiet_, profile_;
  StatusLine status_;
  std::int64_t epochs_ = 0;
  double epochs_at_start_ = -1;  ///< where this process took the cell over
  Clock::time_point started_, drawn_;
};

}  // namespace hourglass::cli

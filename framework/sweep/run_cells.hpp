// Runs all cells of a sweep.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "results/run_record.hpp"
#include "run/run_cell.hpp"

namespace hourglass::sweep {

/// Receives the progress of a sweep. Called from the thread that runs it.
class SweepObserver : public run::CellObserver {
 public:
  /// Called before cell `index` of `count`, counted from 1, which is trained for `epochs` epochs.
  virtual void begin_cell(std::int64_t index, std::int64_t count, const std::string& label, std::int64_t epochs) = 0;
  /// Called after each cell.
  virtual void end_cell(const run::CellOutcome& outcome) = 0;
};

/// The number of cells with each outcome.
struct Tally {
  std::int64_t cells = 0, done = 0, failed = 0, interrupted = 0, not_begun = 0;

  Tally& operator+=(const Tally& other);
  /// Returns a summary: "31 of 36 cells done, 1 failed, 1 interrupted, 3 not begun".
  std::string text() const;
};

/// The outcome of a sweep, and its cells as they were listed before the first of them ran.
struct Sweep {
  Tally tally;
  std::vector<results::ListedCell> listed;
};

/// Lists all cells in the experiment's folder, then runs each that is not done. A failed cell does not stop the others.
/// A cell that another process is computing is skipped and waited for at the end. Setting `stop` stops the current cell
/// and skips the rest, which count as not begun. Notes which task results of other cells were removed because a run
/// that they share was trained again.
Sweep run_cells(const std::vector<run::Cell>& cells, const run::RunOptions& options, const std::atomic<bool>& stop,
                SweepObserver& observer);

/// Does the same for cells that are already listed. `ids` are their run ids, if they are known: a cell whose data was
/// changed since fails.
Tally run_listed(const std::vector<run::Cell>& cells, const run::RunOptions& options, const std::atomic<bool>& stop,
                 SweepObserver& observer, const std::vector<std::string>& ids = {});

/// Converts cells to entries of the experiment's list, in the same order. Opens each dataset once and builds the
/// network of each cell.
std::vector<results::ListedCell> list_cells(const std::vector<run::Cell>& cells);

}  // namespace hourglass::sweep

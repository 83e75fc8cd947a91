// A sweep from its frozen list of cells to its last result.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "results/run_record.hpp"
#include "run/run_cell.hpp"

namespace hourglass::sweep {

/// Told how a sweep progresses. Called from the thread that runs it.
class SweepObserver : public run::CellObserver {
 public:
  /// Before a cell, the `index`-th of `count`, counted from 1, runs for `epochs` epochs.
  virtual void begin_cell(std::int64_t index, std::int64_t count, const std::string& label, std::int64_t epochs) = 0;
  virtual void end_cell(const run::CellOutcome& outcome) = 0;
};

/// How many cells ended how.
struct Tally {
  std::int64_t cells = 0, done = 0, failed = 0, interrupted = 0;

  /// Writes "31 of 36 cells done, 1 failed, 4 interrupted".
  std::string text() const;
};

/// Lists all cells in the experiment's folder, then runs each that is not done. A cell that fails does not stop the
/// others; a cell that another process is computing is passed over and waited for at the end. `stop` ends the cell that
/// runs and leaves the rest: they count as interrupted.
Tally run_cells(const std::vector<run::Cell>& cells, const run::RunOptions& options, const std::atomic<bool>& stop,
                SweepObserver& observer);

/// The same for cells that are listed already.
Tally run_listed(const std::vector<run::Cell>& cells, const run::RunOptions& options, const std::atomic<bool>& stop,
                 SweepObserver& observer);

/// Returns the cells as the experiment's folder lists them, in the same order. Opens each cell's data and
/// builds its network.
std::vector<results::ListedCell> list_cells(const std::vector<run::Cell>& cells);

}  // namespace hourglass::sweep

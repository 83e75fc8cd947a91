// One cell from start to result: folder, training, tasks.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>

#include "host/registry.hpp"
#include "results/run_folder.hpp"
#include "run/cell.hpp"
#include "train/trainer.hpp"

namespace hourglass::run {

/// What to do with what an earlier run of the same cell left.
enum class Existing {
  keep,    ///< a finished or diverged cell stays, a failed one is run again; one that stopped half-way is an error that
           ///< says how to go on
  resume,  ///< the same, but one that stopped half-way goes on from its last checkpoint
  fresh    ///< everything is computed again
};

/// Told how a cell goes on.
class CellObserver : public train::Observer {
 public:
  virtual void task(const std::string& name) = 0;     ///< before a task runs
  virtual void note(const std::string& message) = 0;  ///< something that the user should know
};

struct CellOutcome {
  results::State state = results::State::finished;
  bool computed = false;  ///< false: it was already there
  bool stale = false;     ///< it was there, but plugins have changed since
  std::string reason{};
  std::filesystem::path folder{};
  train::Profile profile{};
};

/// Runs a cell into results/<experiment>/<id>. A mistake of the user's (data missing, two processes on one cell) is a
/// UserError; a failure of the run itself is recorded in the folder and in the outcome.
CellOutcome run_cell(const Cell& cell, const host::Registry& registry, const std::filesystem::path& results,
                     Existing existing, const std::atomic<bool>& stop, CellObserver& observer);

}  // namespace hourglass::run

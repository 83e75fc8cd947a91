// One cell from start to results: its training, then each of its tasks, each only where it is not there yet.
#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

#include "host/registry.hpp"
#include "results/run_folder.hpp"
#include "run/cell.hpp"
#include "run/plugin_hashes.hpp"
#include "train/trainer.hpp"

namespace hourglass::run {

/// What to do with what an earlier run of the same cell left.
enum class Existing {
  resume,  ///< what is done stays, what stopped half-way continues from its last checkpoint, what failed is repeated
  stale,   ///< the same, but what plugins computed that have changed since is computed again
  fresh    ///< everything is computed again
};

/// How to run cells. Everything must outlive the runs.
struct RunOptions {
  const host::Registry& registry;
  PluginHashes& hashes;
  std::filesystem::path results;  ///< the results folder
  Existing existing = Existing::resume;
  bool train = true;  ///< false: tasks alone, on a training that has finished
};

/// Told how a cell progresses. Called from the thread that runs it.
class CellObserver : public train::Observer {
 public:
  virtual void task(const std::string& name) = 0;     ///< before a task runs
  virtual void note(const std::string& message) = 0;  ///< something that the user should know
};

struct CellOutcome {
  enum class Result {
    done,         ///< training has finished and every task has its result
    interrupted,  ///< stopped by the user; continues from there
    failed,       ///< training failed or diverged, a task failed, or the folder could not be used
    busy          ///< another process is computing this cell
  };
  Result result = Result::done;
  results::State training = results::State::finished;
  bool trained = false;            ///< by this call, at least in part
  std::int64_t tasks = 0;          ///< tasks that this call ran
  std::string reason{};            ///< why it failed
  std::filesystem::path folder{};  ///< of the run
  train::Profile profile{};
};

/// Runs a cell into results/runs/<training id>/. Never throws for what happens to the cell itself: that is recorded in
/// its folder and in the outcome.
CellOutcome run_cell(const Cell& cell, const RunOptions& options, const std::atomic<bool>& stop,
                     CellObserver& observer);

}  // namespace hourglass::run

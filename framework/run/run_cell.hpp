// Runs one cell: its training, then each of its tasks, without repeating what is already done.
#pragma once

#include <atomic>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "host/registry.hpp"
#include "results/run_folder.hpp"
#include "run/cell.hpp"
#include "run/cell_observer.hpp"
#include "run/plugin_hashes.hpp"

namespace hourglass::run {

/// What to do with existing results of the same cell.
enum class Existing {
  resume,  ///< finished results are kept, interrupted training continues from its last checkpoint, failures are
           ///< repeated
  stale,   ///< as `resume`, but results of plugins that have changed are recomputed
  fresh    ///< everything is recomputed
};

/// How to run cells. Everything must outlive the runs.
struct RunOptions {
  const host::Registry& registry;
  PluginHashes& hashes;
  std::filesystem::path results;  ///< the results folder
  Existing existing = Existing::resume;
  /// Folders of runs that have been trained again already, for another cell of the same training; null: none.
  const std::set<std::filesystem::path>* retrained = nullptr;
  std::vector<std::string> plugin_path = {};  ///< folders given with --plugin-path, for commands in messages
  bool forget = false;                        ///< cells that only earlier runs of the experiment have leave its list
  std::string run = {};  ///< id under which the cell is listed: a cell with another one fails; empty: any
  bool train = true;     ///< false: only tasks, on a finished training
};

struct CellOutcome {
  enum class Result {
    done,         ///< training has finished and every task has a result
    interrupted,  ///< stopped by the user; the next run continues it
    failed,       ///< training failed or diverged, a task failed, or the folder could not be used
    busy          ///< another process is computing this cell
  };
  Result result = Result::done;
  results::State training = results::State::finished;
  bool trained = false;             ///< this call has trained, at least in part
  std::int64_t tasks = 0;           ///< number of tasks that this call ran
  std::string reason{};             ///< why it failed; one line for each distinct reason of tasks
  std::set<std::string> removed{};  ///< folders of results in tasks/ that training the run again has removed
  std::filesystem::path folder{};   ///< run folder
  train::Profile profile{};
};

/// Runs a cell in results/runs/<run id>/. Does not throw if the cell fails: the reason is recorded in its folder and in
/// the outcome.
CellOutcome run_cell(const Cell& cell, const RunOptions& options, const std::atomic<bool>& stop,
                     CellObserver& observer);

}  // namespace hourglass::run

// One run as tables and lists need it: the one reader of run folders.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "results/experiment_folder.hpp"
#include "results/run_folder.hpp"
#include "results/task_result.hpp"

namespace hourglass::results {

/// What became of one task of a cell.
struct TaskRecord {
  enum class State { done, failed, missing, damaged };
  std::string name;
  State state = State::missing;
  std::string reason;                          ///< of a failure or of damage
  std::map<std::string, std::string> plugins;  ///< the libraries that computed it
  std::vector<Setting> keys = {};              ///< of a task that was added to the experiment
};

/// A cell of an experiment with what its run folder holds; or a run that no experiment lists.
struct RunRecord {
  RunFolder folder;
  std::string experiment;  ///< empty for a run that no experiment lists
  std::string label;       ///< of the cell, or empty
  /// State of the training, as in status.json; "damaged" when a file cannot be read, "missing" when nothing was
  /// started.
  std::string state;
  std::string reason;  ///< why the training, or the first of the tasks, is not done; may be empty
  std::optional<Status> status;
  std::optional<std::int64_t> seed;
  std::string question;             ///< of the experiment, or empty
  std::vector<Setting> settings;    ///< in the file's order, without `name`, `seed` and `seeds`
  std::vector<TaskRecord> tasks;    ///< in the experiment's order
  std::vector<TaskMetric> metrics;  ///< of the tasks that are done

  std::string id() const { return folder.id(); }
  /// The training has finished and every task is done.
  bool done() const;
};

/// Reads the run of a listed cell; never throws for what the run folder holds.
RunRecord read_cell(const std::filesystem::path& results, const std::string& experiment, const std::string& question,
                    const ListedCell& cell);

/// Reads a run folder by itself: its settings are those of its experiment.toml, its tasks all that lie there.
RunRecord read_run(const RunFolder& folder);

/// Returns every cell of every experiment below `results`, then the runs that no experiment lists. A damaged list is
/// named on standard error by the caller: `problems` gets one line for each.
std::vector<RunRecord> read_all(const std::filesystem::path& results, std::vector<std::string>& problems);

/// Returns the name of the experiment that a file describes: its `name`, or else its stem. UserError when the file is
/// not TOML.
std::string experiment_name(const std::filesystem::path& file);

/// Tells whether two cells of a table hold the same kind and value.
bool same(const Field& a, const Field& b);

}  // namespace hourglass::results

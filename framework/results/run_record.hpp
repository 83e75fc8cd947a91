// One run with its settings, state and metrics, as tables and lists show it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "results/experiment_folder.hpp"
#include "results/run_folder.hpp"
#include "results/task_result.hpp"

namespace hourglass::results {

/// The state of one task of a cell.
struct TaskRecord {
  enum class State { done, failed, missing, cut_off, damaged };
  std::string name;
  State state = State::missing;
  std::string reason;                          ///< why it is not done; empty if it has not run
  std::map<std::string, std::string> plugins;  ///< "kind/name" -> hash of each library that it depends on
  std::vector<Setting> keys = {};              ///< plugin and keys of a task that `hourglass evaluate` added
  std::string folder = {};                     ///< of its result in tasks/; empty if it is unknown
  std::string checkpoint = {};                 ///< that its result is of: "best" or "last"
  std::vector<std::string> stale = {};         ///< plugins that have changed since it ran; set by run::mark_stale()
};

/// "done", "failed", "not begun", "cut off" (the program ended while it ran) or "damaged".
std::string_view to_string(TaskRecord::State state);

/// Returns why a task is not done, in one sentence; "" if it is.
std::string reason_of(const TaskRecord& task);

/// A cell of an experiment with the contents of its run folder; or a run that no experiment lists.
struct RunRecord {
  RunFolder folder;
  std::string experiment;  ///< empty for a run that no experiment lists
  std::string label;       ///< of the cell, or empty
  /// State of the training, as in status.json; "damaged" if a file cannot be read, "not begun" if the cell has not been
  /// started.
  std::string state;
  std::string reason;  ///< why the training or tasks are not done, joined by "; "; may be empty
  std::optional<Status> status;
  std::optional<std::int64_t> seed;
  std::string question;  ///< of the experiment, or empty
  /// In the file's order, without `name`, `seed` and `seeds`; keys of tasks as "task.NAME.KEY".
  std::vector<Setting> settings;
  std::vector<Setting> paths = {};  ///< of the data files of a listed cell
  std::vector<TaskRecord> tasks;    ///< in the experiment's order
  std::vector<TaskMetric> metrics;  ///< of the tasks that are done
  /// Plugins, "kind/name", whose libraries have changed since a finished run was trained; set by run::mark_stale(). All
  /// its tasks are stale with it.
  std::vector<std::string> stale = {};

  bool earlier = false;  ///< a cell that the latest `hourglass run` of the experiment does not have

  std::string id() const { return folder.id(); }
  bool trained() const;  ///< the training has finished
  /// Returns whether the training has finished and every task is done.
  bool done() const;
  bool damaged() const;  ///< a record of the training, or the result of a task, cannot be read
  /// Returns the plugins, sorted, that have changed since the training or any task.
  std::vector<std::string> changed_plugins() const;
};

/// Reads the run of a listed cell. Damaged files do not throw; they set the state of the run or of the task.
RunRecord read_cell(const std::filesystem::path& results, const std::string& experiment, const std::string& question,
                    const ListedCell& cell);

/// Returns why the experiment.toml of a run cannot be read, with the fix; "" if it can.
std::string experiment_damage(const RunFolder& folder);

/// Reads a run folder without an experiment: the settings come from its experiment.toml, the tasks from its tasks/.
RunRecord read_run(const RunFolder& folder);

/// Returns every cell of every experiment in `results`, then the runs that no experiment lists. Adds a line to
/// `problems` for each damaged list of cells.
std::vector<RunRecord> read_all(const std::filesystem::path& results, std::vector<std::string>& problems);

/// Returns the name of the experiment in a file: its key `name`, or else the file's stem. Throws UserError if the file
/// is not TOML.
std::string experiment_name(const std::filesystem::path& file);

/// Returns whether two fields have the same type and value. Equal NaNs are the same.
bool same(const Field& a, const Field& b);

}  // namespace hourglass::results

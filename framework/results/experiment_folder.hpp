// The folder of one experiment: the frozen list of its cells, and a link to the run of each under a readable name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "results/table.hpp"

namespace hourglass::results {

/// A key of a resolved configuration, "noise.sigma" or "task.0.l2", with its value. Lists are text: "[512, 256]".
struct Setting {
  std::string key;
  Field value;
};

/// A task that a cell asks for.
struct ListedTask {
  std::string name;                ///< unique within the cell
  std::string folder;              ///< of its result, below tasks/ of the run folder: <plugin>-<id>
  bool added = false;              ///< by `hourglass evaluate`, not by the experiment file
  std::vector<Setting> keys = {};  ///< of an added task: its plugin and its own keys
};

/// One cell of the list.
struct ListedCell {
  std::string label;  ///< what tells it from the others: "noise.sigma=0.3 seed=2"
  std::int64_t seed = 0;
  std::string run;                ///< id of its training: the run's folder
  std::vector<Setting> settings;  ///< without name, seed and seeds, in the file's order; not of added tasks
  std::vector<ListedTask> tasks;
};

/// results/experiments/<name>/: cells.json and links.
class ExperimentFolder {
 public:
  ExperimentFolder(const std::filesystem::path& results, const std::string& name);

  const std::string& name() const { return name_; }
  const std::filesystem::path& path() const { return path_; }

  /// Adds cells to the list, in place of those listed before with the same run; tasks that were added to such a cell
  /// stay. Also links each new cell's run under its label. UserError when the folder cannot be written.
  void add(const std::string& question, const std::vector<ListedCell>& cells) const;
  /// Adds a task to each listed cell of a run. A cell that lists its folder already stays as it is; a name that the
  /// cell uses for another task gets a number.
  void add_task(const std::string& run, const ListedTask& task) const;

  /// Returns the list; empty when there is none yet. UserError when it is damaged.
  std::vector<ListedCell> cells() const;
  std::string question() const;

  /// Returns the names of all experiments below `results`, sorted.
  static std::vector<std::string> all(const std::filesystem::path& results);

 private:
  void write(const std::string& question, const std::vector<ListedCell>& cells) const;

  std::string name_;
  std::filesystem::path results_, path_;
};

/// Returns the folder of a training, results/runs/<id>.
std::filesystem::path run_path(const std::filesystem::path& results, const std::string& id);

}  // namespace hourglass::results

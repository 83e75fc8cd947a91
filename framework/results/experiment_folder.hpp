// The folder of one experiment: the list of its cells, and links to their runs under readable names.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "results/listed_cell.hpp"

namespace hourglass::results {

/// What happens to listed cells that are not added again.
enum class Others {
  earlier,    ///< they are marked as those of an earlier run
  forgotten,  ///< they are removed from the list
  unchanged
};

/// results/experiments/<name>/: cells.json and links.
class ExperimentFolder {
 public:
  ExperimentFolder(const std::filesystem::path& results, const std::string& name);

  const std::string& name() const { return name_; }
  const std::filesystem::path& path() const { return path_; }

  /// Adds cells to the list. A cell replaces listed cells with the same run, and keeps the tasks that were added to
  /// those whose settings, other than those of tasks, are equal. Does with the other cells what `others` says; returns
  /// their number. Updates the links. Records the file that gives the experiment its name, if any. Throws UserError if
  /// the folder cannot be written.
  std::size_t add(const std::string& question, const std::vector<ListedCell>& cells,
                  const std::filesystem::path& file = {}, Others others = Others::earlier) const;
  /// Throws UserError if cells of another file are listed: the name of that file is the experiment's too, the file
  /// still exists, and its contents are others than those of `file`. An empty `file` is never refused: the experiment
  /// was named on purpose.
  void refuse_other_file(const std::filesystem::path& file) const;

  /// Renames a list that is damaged to cells.damaged.json, so that add() can make a new one. Returns a sentence that
  /// says so, or "" if the list is sound. Throws UserError if it cannot be renamed.
  std::string set_aside_damaged() const;

  // These change the tasks of many cells and write the list once, so that the work grows with the number of cells. A
  // process that is killed leaves the list as it was before or after.

  /// Adds each task to its cell, unless the cell lists its folder already. A name that the cell uses for another task
  /// gets a number.
  void add_tasks(const std::vector<TaskOfCell>& tasks) const;
  /// Records the folders of added tasks of these names.
  void move_tasks(const std::vector<TaskOfCell>& tasks) const;
  /// Removes added tasks of these names from their cells. Keeps their results.
  void remove_tasks(const std::vector<TaskOfCell>& tasks) const;

  /// Returns the list; empty if there is none yet. Throws UserError if it is damaged.
  std::vector<ListedCell> cells() const;
  std::string question() const;
  std::string file() const;  ///< the absolute path of the file that gives the experiment its name, or empty

  /// Returns the names of all experiments in the results folder, in natural order.
  static std::vector<std::string> all(const std::filesystem::path& results);

 private:
  /// Calls `change` with each listed cell that has some of `tasks`, and each of these.
  void change(const std::vector<TaskOfCell>& tasks,
              const std::function<void(ListedCell&, const ListedTask&)>& change) const;
  /// Creates the folder unless it exists. Throws UserError if that fails, or if a symbolic link leads elsewhere.
  void create() const;
  /// Writes the list. The caller holds the lock of the folder.
  void write(const std::string& question, const std::string& file, const std::vector<ListedCell>& cells) const;

  std::string name_;
  std::filesystem::path results_, path_;
};

/// Cells of a list by their runs.
using CellsByRun = std::map<std::string, std::vector<const ListedCell*>>;
/// Returns the cells of `list`, which must outlive the result.
CellsByRun by_run(const std::vector<ListedCell>& list);

/// Returns the tasks that were added to the cells of a list with the run of `cell`: to those whose settings, other than
/// those of tasks, are equal; if there are none, to all of them, each task once and without its folder.
std::vector<ListedTask> added_tasks(const CellsByRun& list, const ListedCell& cell);

/// Returns the folder of a run, results/runs/<run id>.
std::filesystem::path run_path(const std::filesystem::path& results, const std::string& id);

}  // namespace hourglass::results

// A cell of an experiment as its list describes it, with its settings and tasks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "results/table.hpp"

namespace hourglass::results {

/// A key of a resolved configuration, "noise.sigma" or "task.NAME.l2", and its value. Lists are strings: "[512, 256]".
struct Setting {
  std::string key;
  Field value;
};

/// A task of a cell.
struct ListedTask {
  std::string name;  ///< unique within the cell
  /// Folder of its result in tasks/ of the run folder, <plugin>-<task id>. Empty if it is unknown: an added task
  /// without its plugin after a change of the cell's settings.
  std::string folder;
  bool added = false;              ///< by `hourglass evaluate`; false: by the experiment file
  std::vector<Setting> keys = {};  ///< of an added task: its plugin and its own keys
};

/// One cell of the list.
struct ListedCell {
  std::string label;  ///< what distinguishes it from the other cells: "noise.sigma=0.3 seed=2"
  std::int64_t seed = 0;
  std::string run;                ///< run id
  std::vector<Setting> settings;  ///< in the file's order, without name, seed, seeds and the keys of added tasks
  std::vector<ListedTask> tasks;
  std::vector<Setting> paths = {};  ///< of the data files: they concern no result, and cells of one run may have others
  bool earlier = false;             ///< only an earlier `hourglass run` of the experiment has this cell, not the latest
};

/// A cell of an experiment that lists a run.
struct Listing {
  std::string experiment;
  ListedCell cell;
};

/// A task of the listed cell with this run and label.
struct TaskOfCell {
  std::string run, label;
  ListedTask task;
};

}  // namespace hourglass::results

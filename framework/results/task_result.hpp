// The result of one task, in a folder of its own, so that tasks can fail, be repeated and be added independently.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "hourglass/metric.hpp"

namespace hourglass::results {

/// A metric with the name of the task that reported it.
struct TaskMetric {
  std::string task;
  Metric metric;
};

/// tasks/<plugin>-<task id>/result.json of a run folder; the folder of a built-in task begins with the task's name.
struct TaskResult {
  std::string name;                            ///< of the task in the experiment file
  std::string checkpoint;                      ///< the checkpoint that it saw: "best" or "last"
  std::string reason;                          ///< why it failed; empty: it succeeded
  std::map<std::string, std::string> plugins;  ///< "kind/name" -> hash of each library that it depends on
  std::vector<Metric> metrics;

  bool failed() const { return !reason.empty(); }
};

/// Says in the folder of a task that the task has begun, while the object lives. The file `begun.json` stays if the
/// program ends meanwhile, so that the next command can name the task. Throws UserError if it cannot be written.
class TaskMark {
 public:
  /// `task` is what users know it by: "b_s (plugin task/bad)".
  TaskMark(const std::filesystem::path& folder, const std::string& task);
  ~TaskMark();
  TaskMark(const TaskMark&) = delete;
  TaskMark& operator=(const TaskMark&) = delete;

 private:
  std::filesystem::path file_;
};

/// Removes what a TaskMark has left in the folder of a task that has a result: the program was killed in between.
void remove_mark(const std::filesystem::path& folder);

/// Returns a sentence that names the task in this folder if the program ended while it ran; "" if it did not. Call this
/// only for a folder without a result whose run no process is computing. Throws UserError if the file is damaged.
std::string cut_off_reason(const std::filesystem::path& folder);

/// Writes result.json to the folder of a task. Throws UserError if it cannot be written.
void write_task_result(const std::filesystem::path& folder, const TaskResult& result);

/// Reads result.json from the folder of a task. Returns nothing if there is none; throws UserError if it is damaged.
std::optional<TaskResult> read_task_result(const std::filesystem::path& folder);

}  // namespace hourglass::results

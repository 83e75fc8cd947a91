// What one task left behind: its own file in its own folder, so that tasks fail, are repeated and are added one by one.
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

/// tasks/<name>-<id>/result.json of a run folder.
struct TaskResult {
  std::string name;                            ///< of the task in the experiment file
  std::string checkpoint;                      ///< whose parameters it saw: "best" or "last"
  std::string reason;                          ///< why it failed; empty: it is done
  std::map<std::string, std::string> plugins;  ///< "task/NAME" -> hash of the library; empty for built-in tasks
  std::vector<Metric> metrics;

  bool failed() const { return !reason.empty(); }
};

/// Writes a task's result.json into its folder. Throws UserError when it cannot be written.
void write_task_result(const std::filesystem::path& folder, const TaskResult& result);

/// Reads a task's result.json. Returns nothing when there is none; throws UserError with the file and the place when it
/// is damaged.
std::optional<TaskResult> read_task_result(const std::filesystem::path& folder);

}  // namespace hourglass::results

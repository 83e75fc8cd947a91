// Runs the tasks of a run on its trained model, one at a time.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "evaluate/trained.hpp"
#include "hourglass/task.hpp"

namespace hourglass::evaluate {

/// A task of a run.
struct TaskEntry {
  std::string name;                              ///< unique within the run
  const experiment::Section* section = nullptr;  ///< its [[task]] in the configuration; null for a task of the host
};

/// What a task reported.
struct TaskOutcome {
  std::vector<Metric> metrics;     ///< empty if it failed
  std::vector<std::string> notes;  ///< sentences for the user
  std::string error;               ///< one sentence with the task's location in the file; empty if it succeeded
};

/// Lists the tasks of a run: each [[task]] in the file's order, by its name. If the code is sparse, "sparse_code" is
/// appended (see SparseCode), unless the key `sparse_code` turns it off.
std::vector<TaskEntry> tasks_of(const subject::Subject& subject);

/// Runs the tasks of one run, which share codes and baselines. Not thread-safe.
class Evaluation {
 public:
  /// Setting `stop` ends the current task; it must outlive the evaluation.
  Evaluation(const Trained& trained, const std::atomic<bool>& stop);
  ~Evaluation();

  /// Creates a task and runs it; its pictures and tables are written to `folder`. An exception of the task becomes the
  /// outcome's error, and other tasks can still run. Throws Stopped if `stop` is set before or during the task, even if
  /// the task swallows the exception.
  TaskOutcome run(const TaskEntry& entry, const std::filesystem::path& folder);

 private:
  struct Faces;

  Trained trained_;
  const std::atomic<bool>& stop_;
  std::unique_ptr<Faces> faces_;
};

}  // namespace hourglass::evaluate

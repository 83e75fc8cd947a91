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
  const experiment::Section* section = nullptr;  ///< its [[task]], in the configuration; null for the host's own
};

/// What a task reported.
struct TaskOutcome {
  std::vector<Metric> metrics;  ///< none when it failed
  std::string error;            ///< one sentence with the task's place in the file; empty when it succeeded
};

/// Lists the tasks of a run: each [[task]] in the file's order by its name. "sparse_code" comes last, unasked, where
/// the code is sparse (SparseCode).
std::vector<TaskEntry> tasks_of(const subject::Subject& subject);

/// Serves the tasks of one run, so that codes and baselines are computed once. Not for several threads.
class Evaluation {
 public:
  /// `stop` asks a task to end; it must outlive the evaluation.
  Evaluation(const Trained& trained, const std::atomic<bool>& stop);
  ~Evaluation();

  /// Creates a task and runs it; its pictures and tables go to `folder`. What the task throws becomes the result's
  /// error, and other tasks can still be run. Throws Stopped when the run is asked to stop, before or during the task,
  /// whatever the task makes of it.
  TaskOutcome run(const TaskEntry& entry, const std::filesystem::path& folder);

 private:
  struct Faces;

  Trained trained_;
  const std::atomic<bool>& stop_;
  std::unique_ptr<Faces> faces_;
};

}  // namespace hourglass::evaluate

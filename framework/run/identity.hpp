// The two identities of a result: what decides trained parameters, and what a task makes of them.
#pragma once

#include <string>
#include <vector>

#include "evaluate/evaluation.hpp"
#include "subject/subject.hpp"

namespace hourglass::run {

/// One task of a cell.
struct PlannedTask {
  evaluate::TaskEntry entry;
  std::string folder;  ///< of its result, below tasks/: <plugin>-<task id>
};

/// What a cell's results are known by.
struct Identity {
  /// The training id, 16 hexadecimal digits: a hash of the keys that concern training, the seed, the data's contents
  /// and, where bits depend on it, the number of threads.
  std::string training;
  /// What tasks see: the parameters of the best validation score, or the last. Best only when training keeps them.
  std::string checkpoint;
  /// Each task's id hashes the training id, the checkpoint, what all tasks see beyond training, and the task's own
  /// keys.
  std::vector<PlannedTask> tasks;
};

/// Returns the identity of the cell that `subject` was opened for.
Identity identify(const subject::Subject& subject);

/// Returns the number of threads that a subject is trained on.
int threads_of(const subject::Subject& subject);

}  // namespace hourglass::run

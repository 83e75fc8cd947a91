// The two identities of a result: the training id and the task id.
#pragma once

#include <string>
#include <vector>

#include "evaluate/evaluation.hpp"
#include "subject/subject.hpp"

namespace hourglass::run {

/// One task of a cell.
struct PlannedTask {
  evaluate::TaskEntry entry;
  std::string folder;  ///< folder of its result in tasks/: <plugin>-<task id>, or <name>-<task id> for a built-in task
};

/// The identities of the results of a cell.
struct Identity {
  /// The training id, which is also the run id, 16 hexadecimal digits: a hash of the keys that concern training, the
  /// seed, the contents of the data, how the host divides and classifies them, and, if bits depend on it, the number
  /// of threads.
  std::string training;
  /// The checkpoint that tasks see: "best" or "last". It is "best" only if there is a validation split.
  std::string checkpoint;
  /// The tasks. A task id hashes the training id, the checkpoint, the keys outside [[task]] that concern evaluation,
  /// the task's own keys, and the contents of the datasets that these name.
  std::vector<PlannedTask> tasks;
};

/// Returns the identities of the cell that `subject` belongs to. Throws UserError if a dataset that a task names cannot
/// be used.
Identity identify(const subject::Subject& subject);

/// Returns whether training with another number of threads gives other bits: oneDNN sums the gradients of a
/// convolution's weights over one part of the batch per thread.
bool bits_depend_on_threads(const compute::Network& network);

/// Returns the number of threads with which a subject is trained.
int threads_of(const subject::Subject& subject);

}  // namespace hourglass::run

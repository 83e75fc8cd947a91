// The reasons why tasks of a run failed, each once.
#pragma once

#include <string>
#include <vector>

namespace hourglass::results {

/// Why a task failed, as its result says: after its location and its name if it has a [[task]] of its own.
struct TaskFailure {
  std::string task, reason;
};

/// Returns each distinct reason once, in the order of the first task that has it. That of a single task is unchanged;
/// that of several names them instead of their locations: `3 tasks (knn, knn_2, few): the labels are missing`.
std::vector<std::string> distinct(const std::vector<TaskFailure>& failures);

}  // namespace hourglass::results

// Runs that share a row of a table: those of one configuration, one for each seed.
#pragma once

#include <string>
#include <vector>

#include "results/run_record.hpp"

namespace hourglass::results {

/// Runs that share a row. The records must outlive it.
struct Group {
  std::vector<const RunRecord*> runs;

  const RunRecord& first() const { return *runs.front(); }
};

/// Groups finished runs by their configurations, or puts each run into a group of its own. Of several runs with one
/// seed, which are no replicates, the last one with the most results counts.
std::vector<Group> group_runs(const std::vector<RunRecord>& runs, bool by_configuration);

/// Removes finished runs that only earlier calls of `hourglass run` have if the latest has all results of the same
/// configuration and seed, on other contents of data or with another number of threads.
void drop_superseded(std::vector<RunRecord>& runs);

/// Returns the seeds of a group: "1-3, 7".
std::string seeds_text(const Group& group);

/// Returns the runs of a group with a result of a task, for the model or a baseline; the whole group if there are none.
Group with_result(const Group& group, const std::string& task, const std::string& baseline);

/// A task that is not done in some finished runs of a group, for the same reason.
struct Failure {
  std::string task, state, reason;
  Group group;
};

std::vector<Failure> failures_of(const Group& group);

/// Returns "" for the trained model, followed by the baselines that any run of the group reports.
std::vector<std::string> models_of(const Group& group);

/// Returns the state of the results of these tasks in a row: "finished (stale)", "finished (1 of 3 stale)" if only some
/// runs are, or "finished (stale: knn)" if only some tasks are.
std::string state_of(const Group& group, const std::vector<std::string>& tasks);

}  // namespace hourglass::results

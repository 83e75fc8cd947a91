// The keys of configurations as tables compare them: those of a task by its name, between the runs that have it.
#pragma once

#include <string>
#include <vector>

#include "results/run_record.hpp"

namespace hourglass::results {

/// Returns the task that a key `task.NAME.KEY` belongs to; "" for any other key.
std::string task_of(const std::string& key);

/// Returns the value of a key of a run, tasks that were added included, or null if the run does not have the key.
const Field* find_setting(const RunRecord& run, const std::string& key);

/// Returns the experiment and the settings of a run as one text, equal for runs that differ only in their seed.
std::string configuration_text(const RunRecord& run);

/// Adds the settings `data`, a hash of the contents of the data, and `train.threads` to the runs of configurations of
/// which one seed has several trainings: that is how those differ.
void tell_trainings_apart(std::vector<RunRecord>& runs);

/// Returns the keys whose values differ between runs, in the order of the files. A key of a task is compared between
/// the runs that have the task. Runs without a readable configuration are ignored.
std::vector<std::string> differing_keys(const std::vector<RunRecord>& runs);

}  // namespace hourglass::results

// Writes runs as `hourglass runs` prints them: the list of all, and the description of one.
#pragma once

#include <string>
#include <vector>

#include "results/run_record.hpp"
#include "results/table.hpp"

namespace hourglass::results {

/// Returns the state of a run: "finished (stale)" if one of its plugins has changed since, "finished (1 of 2 tasks not
/// done)" if only the training is done.
std::string state_text(const RunRecord& run);

/// Makes a table with one row per cell: experiment, run id, cell label, state, finished epochs, all epochs, the first
/// metric that its tasks reported (on the test split, if there is one) and its value; the local time of the last
/// result; and the reason if any run has one.
Table list_runs(const std::vector<RunRecord>& runs);

/// Describes one run: question, state with reason, the commands that continue and restart it, the other cells of
/// `listings` (all that list the run), configuration, the last `epochs` epochs, tasks with their checkpoints and keys,
/// metrics with their baselines and protocols, files with sizes. Marks files of results that no cell of `listings` has,
/// unless it is empty. A damaged file is reported in place of its contents.
std::string describe_run(const RunRecord& run, std::size_t epochs = 5, const std::vector<Listing>& listings = {});

}  // namespace hourglass::results

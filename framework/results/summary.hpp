// Summarises runs in a table: the keys in which they differ, their metrics, and baselines.
#pragma once

#include <string>
#include <vector>

#include "results/render.hpp"
#include "results/run_record.hpp"

namespace hourglass::results {

struct SummaryOptions {
  bool group = true;  ///< one row for all finished seeds of a configuration; false: one row per run
  /// The metrics to show: "mse", "denoising.mse" or, for a split other than test, "denoising.mse.train"; empty: all.
  std::vector<std::string> metrics = {};
  std::vector<std::string> tasks = {};  ///< the tasks to show; empty: all
  std::string sort = {};  ///< key or metric of the column to sort by, best first, missing last; "": by configuration
  bool task_columns = false;  ///< add the seeds and the state of each task as columns, grouped with its metrics
};

/// Makes the table of runs. Columns: experiment, (run,) the keys in which the configurations differ, model ("model" or
/// the name of a baseline), n and seeds (or seed), state, one for each (task, metric, split), and task and reason if
/// any row has one. Keys of a task are compared by its name, between the runs that have it. Finished runs of one
/// experiment that differ only in their seed share a row of means and sample standard deviations. Each seed counts
/// once: of several runs with one seed, that of the latest `hourglass run`, then the one with the most finished tasks.
/// Trainings of one seed that differ in the contents of their data or in the number of threads have a row each. Every
/// other run has its own row. A task that is not done in a finished run has a row with its name, state and reason. The
/// state says which runs, or which of their tasks, are stale. n counts the runs; a metric that only some of them have
/// is the mean of those (Spread::count). Throws UserError with the nearest name if an option names something that no
/// run has.
Table summarize(const std::vector<RunRecord>& runs, const SummaryOptions& options = {});

/// Renders the summary of runs. `csv` and `json` have one table with all columns. `table` and `md` have one table for
/// each task with the rows that have a result or the reason why there is none, and one for runs without results; equal
/// rows of a baseline are one row, blank where the configurations differ, below the others; values that all rows share
/// are in a title line instead of in columns, n is the number of runs that a mean is computed from, seeds are those
/// with a result of the task, and the text is empty if there are no runs.
std::string render_summary(const std::vector<RunRecord>& runs, const SummaryOptions& options, Format format);

}  // namespace hourglass::results

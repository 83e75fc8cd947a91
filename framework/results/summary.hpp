// From run folders to a table: what differs between them, and what came out, baselines included.
#pragma once

#include <string>
#include <vector>

#include "results/render.hpp"
#include "results/run_record.hpp"

namespace hourglass::results {

struct SummaryOptions {
  bool group = true;  ///< one row for all finished seeds of a configuration; false: one row per run
  /// Which metrics, all when empty: "mse", "denoising.mse" or, for a split other than test, "denoising.mse.train".
  std::vector<std::string> metrics = {};
  std::vector<std::string> tasks = {};  ///< which tasks, all when empty
  std::string sort = {};  ///< a column by its key or its metric's name; best first, missing last; "" : by configuration
};

/// Makes the table of runs. Columns: experiment, (run,) the configuration's keys that differ between the runs, model
/// ("model", or the name of a baseline), n and seeds (or seed), state, one for each (task, metric, split), and reason
/// when any run has one. Runs of one experiment and configuration that differ in nothing but their seed share a row of
/// means and sample standard deviations, each seed once; a run that did not finish has a row of its own. UserError when
/// an option names what no run has, with the nearest.
Table summarize(const std::vector<RunRecord>& runs, const SummaryOptions& options = {});

/// Renders the summary of runs: for programs (`csv`, `json`) one table with all columns; for people (`table`, `md`) one
/// for each task, with the rows that have a result there, and one of the runs that have none. What all rows share
/// stands in a line above instead of in columns. Empty for people when there are no runs.
std::string render_summary(const std::vector<RunRecord>& runs, const SummaryOptions& options, Format format);

}  // namespace hourglass::results

// The columns of results of a table: one for each metric of a task on a split.
#pragma once

#include <string>
#include <vector>

#include "results/run_record.hpp"
#include "results/table.hpp"

namespace hourglass::results {

/// Returns the name of a metric with its split, unless that is test, and its condition: "accuracy (train)", "mse
/// (gaussian 0.3)".
std::string full_name(const Metric& metric);

/// Identifies a metric of a task on a split under a condition: one column of results.
struct Measure {
  std::string task, name;
  Split split;
  std::string condition;

  explicit Measure(const TaskMetric& m);
  bool operator==(const Measure&) const = default;
  std::string key() const;  ///< "denoising.mse", or "denoising.mse.train" for a split other than test,
                            ///< "robustness.mse (gaussian 0.3)" with a condition
};

/// Returns the column of a metric.
Column column_of(const TaskMetric& metric);

/// Keeps only these metrics (see SummaryOptions) of these tasks, and the tasks that could report them; empty: all.
/// Throws UserError with the nearest name for a metric or a task that no run has.
void choose_metrics(std::vector<RunRecord>& runs, const std::vector<std::string>& wanted_metrics,
                    const std::vector<std::string>& wanted_tasks);

/// Returns one metric for each column of results, in the order of `metrics`, then in that of the runs.
std::vector<TaskMetric> measures_of(const std::vector<RunRecord>& runs, const std::vector<std::string>& metrics);

}  // namespace hourglass::results

// Small results folders for tests.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "results/experiment_folder.hpp"
#include "results/run_folder.hpp"
#include "results/selection.hpp"
#include "results/summary.hpp"
#include "results/task_result.hpp"
#include "support/process.hpp"

namespace hourglass::test {

/// Returns the message of a UserError, or "no error".
template <class Body>
std::string error_of(const Body& body) {
  try {
    body();
  } catch (const base::UserError& error) {
    return error.what();
  }
  return "no error";
}

/// Returns the selected runs where no list of cells is damaged.
inline std::vector<results::RunRecord> select_runs(const std::filesystem::path& results,
                                                   const std::vector<std::string>& names) {
  std::vector<std::string> problems;
  auto runs = results::select_runs(results, names, problems);
  if (!problems.empty()) throw base::UserError(problems);
  return runs;
}

/// Returns one run where no list of cells is damaged.
inline results::RunRecord find_run(const std::filesystem::path& results, const std::string& name) {
  std::vector<std::string> problems;
  auto run = results::find_run(results, name, problems);
  if (!problems.empty()) throw base::UserError(problems);
  return run;
}

/// Returns the summary of all runs of a results folder.
inline std::string summary_of(const TemporaryFolder& folder, const results::SummaryOptions& options = {},
                              results::Format format = results::Format::table) {
  return results::render_summary(select_runs(folder.path(), {}), options, format);
}

inline results::TaskMetric mse(double value, std::string baseline = "") {
  return {"denoising",
          {"mse", Split::test, value, "1/px", Direction::lower, "clean against output", std::move(baseline)}};
}

inline results::TaskMetric accuracy(double value, Split split = Split::test) {
  return {"linear_probe", {"accuracy", split, value, "1", Direction::higher, "all labels", ""}};
}

inline std::string experiment_text(double sigma, int seed) {
  return "# Does noise help?\nseeds = 1\nseed = " + std::to_string(seed) +
         "\n\n[dataset]\nplugin = \"shapes\"\n\n[noise]\nplugin = \"gaussian\"\nsigma = " +
         std::to_string(sigma).substr(0, 3) +
         "\n\n[architecture]\nhidden = [32, 16]\n\n[[task]]\nplugin = \"denoising\"\n";
}

/// The entry of a cell of the experiment above.
inline std::vector<results::Setting> settings(double sigma) {
  return {{"dataset.plugin", "shapes"},
          {"noise.plugin", "gaussian"},
          {"noise.sigma", sigma},
          {"architecture.hidden", "[32, 16]"},
          {"task.denoising.plugin", "denoising"}};
}

/// Returns a cell of the experiment above with these tasks.
inline results::ListedCell make_cell(const std::string& run, double sigma, int seed,
                                     const std::vector<std::string>& tasks = {}) {
  results::ListedCell cell{"noise.sigma=" + std::to_string(sigma).substr(0, 3) + " seed=" + std::to_string(seed),
                           seed,
                           run,
                           settings(sigma),
                           {}};
  for (const auto& task : tasks) cell.tasks.push_back({task, task + "-1f"});
  return cell;
}

/// Writes the results of a cell's training.
inline results::RunFolder make_training(const std::filesystem::path& results, const std::string& id, double sigma,
                                        int seed, results::State state = results::State::finished,
                                        const std::string& reason = "") {
  const results::RunFolder run(results::run_path(results, id));
  std::filesystem::create_directories(run.path() / "tasks");
  run.write_experiment(experiment_text(sigma, seed));
  run.write_status({state, state == results::State::finished ? 20 : 3, 20, reason, "hourglass run small.toml"});
  return run;
}

/// Writes the result of a task of a run; a failed one if there is a reason.
inline void make_task(const results::RunFolder& run, const std::string& task,
                      const std::vector<results::TaskMetric>& metrics, const std::string& reason = "") {
  results::TaskResult result{task, "best", reason, {}, {}};
  for (const auto& m : metrics) {
    if (m.task == task) result.metrics.push_back(m.metric);
  }
  results::write_task_result(run.task(task + "-1f"), result);
}

/// Returns the names of the tasks that report these metrics, each once.
inline std::vector<std::string> tasks_of(const std::vector<results::TaskMetric>& metrics) {
  std::vector<std::string> tasks;
  for (const auto& m : metrics) {
    if (std::ranges::find(tasks, m.task) == tasks.end()) tasks.push_back(m.task);
  }
  return tasks;
}

/// Writes a run with its tasks, and lists it as `cell` says with the tasks that report these metrics.
inline results::RunFolder make_run(const std::filesystem::path& results, const std::string& experiment,
                                   results::ListedCell cell, const std::vector<results::TaskMetric>& metrics) {
  const auto run = make_training(results, cell.run, 0.1, static_cast<int>(cell.seed));
  for (const auto& task : tasks_of(metrics)) {
    make_task(run, task, metrics);
    cell.tasks.push_back({task, task + "-1f"});
  }
  results::ExperimentFolder(results, experiment).add("Does noise help?", {cell});
  return run;
}

/// Writes a run of the experiment above and lists it; only a finished run has tasks.
inline results::RunFolder make_run(const std::filesystem::path& results, const std::string& experiment,
                                   const std::string& id, double sigma, int seed,
                                   const std::vector<results::TaskMetric>& metrics,
                                   results::State state = results::State::finished, const std::string& reason = "") {
  const auto run = make_training(results, id, sigma, seed, state, reason);
  const auto tasks = tasks_of(metrics);
  for (const auto& task : tasks) make_task(run, task, metrics);
  results::ExperimentFolder(results, experiment).add("Does noise help?", {make_cell(id, sigma, seed, tasks)});
  return run;
}

/// Removes the times of the results, which differ between runs of a test.
inline results::Table without_times(results::Table table) {
  const auto column = std::ranges::find(table.columns, "updated", &results::Column::key) - table.columns.begin();
  table.columns.erase(table.columns.begin() + column);
  for (auto& row : table.rows) row.erase(row.begin() + column);
  return table;
}

/// Writes a grid of two noises with three seeds each, one of which diverged.
inline void make_grid(const TemporaryFolder& folder) {
  const auto make = [&](const char* id, double sigma, int seed, double value) {
    make_run(folder.path(), "small", id, sigma, seed, {mse(value), mse(0.0673, "mean_image"), accuracy(0.9 + value)});
  };
  make("c1", 0.1, 1, 0.010);
  make("c2", 0.1, 2, 0.012);
  make("c3", 0.1, 3, 0.014);
  make("c4", 0.5, 1, 0.030);
  make("c5", 0.5, 3, 0.031);
  make_run(folder.path(), "small", "c6", 0.5, 2, {}, results::State::diverged, "the loss is nan at epoch 3, batch 17");
}

}  // namespace hourglass::test

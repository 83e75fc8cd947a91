// `hourglass evaluate`: runs tasks on finished runs.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <iterator>
#include <map>
#include <set>
#include <thread>

#include "base/error.hpp"
#include "base/interrupt.hpp"
#include "base/streams.hpp"
#include "cli/commands.hpp"
#include "cli/experiment_options.hpp"
#include "cli/progress.hpp"
#include "cli/results_view.hpp"
#include "results/run_lock.hpp"
#include "results/selection.hpp"
#include "results/summary.hpp"
#include "run/added_tasks.hpp"
#include "run/remove_tasks.hpp"
#include "run/trained_cell.hpp"
#include "sweep/check_cells.hpp"

namespace hourglass::cli {
namespace {

/// Removes cells that ask for the same tasks of the same run, such as those that two experiments share.
std::vector<run::Cell> distinct(const std::vector<run::Cell>& cells, const std::vector<results::ListedCell>& listed) {
  std::vector<run::Cell> kept;
  std::set<std::vector<std::string>> seen;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    std::vector<std::string> results = {listed[i].run};
    for (const auto& task : listed[i].tasks) results.push_back(task.folder);
    if (seen.insert(std::move(results)).second) kept.push_back(cells[i]);
  }
  return kept;
}

/// Returns the results folder that all records are in: `given`, unless they were selected by paths elsewhere.
std::filesystem::path folder_of(const std::vector<results::RunRecord>& records, const std::filesystem::path& given) {
  namespace fs = std::filesystem;
  std::set<fs::path> folders;
  for (const auto& record : records)
    folders.insert(fs::weakly_canonical(fs::absolute(record.folder.path())).parent_path().parent_path());
  if (folders.size() > 1) {
    throw base::UserError(
        fmt::format("the selection is in the results folders {} and {}; evaluate one of them at a time",
                    folders.begin()->string(), std::next(folders.begin())->string()));
  }
  return *folders.begin() == fs::weakly_canonical(fs::absolute(given)) ? given : *folders.begin();
}

/// Prints that a run is not evaluated, because its training is not finished, and counts it.
void skip(const results::RunRecord& record, sweep::Tally& skipped) {
  base::say("{}: not evaluated, because its training is {}\n", record.folder.path().string(), record.state);
  ++skipped.cells;
  // An interrupted training does not mean that this command was interrupted.
  const bool unfinished = record.state == "not begun" || record.state == to_string(results::State::interrupted);
  ++(unfinished ? skipped.not_begun : skipped.failed);
}

/// Prints which added tasks are not evaluated, each once.
void report_absent_tasks(const std::vector<results::RunRecord>& records, const host::Registry& registry) {
  std::set<std::string> absent;
  for (const auto& record : records) {
    for (auto& sentence : run::absent_tasks(record, registry)) absent.insert(std::move(sentence));
  }
  for (const auto& sentence : absent) base::say("{}\n", sentence);
}

/// Trained runs to evaluate: equally many records, cells and entries of the lists.
struct Trained {
  std::vector<const results::RunRecord*> records;
  std::vector<run::Cell> cells;
  std::vector<results::ListedCell> listed;
};

/// Returns the cells whose ids are still those of their runs, and adds a line to `reports` for each of the others.
Trained same_runs(Trained all, std::vector<std::string>& reports) {
  Trained same;
  for (std::size_t i = 0; i < all.cells.size(); ++i) {
    const auto& record = *all.records[i];
    if (all.listed[i].run != record.id()) {
      reports.push_back(fmt::format("{}: not evaluated: {}\n", record.folder.path().string(),
                                    run::reason_of_other_id(record, all.cells[i])));
      continue;
    }
    same.records.push_back(&record);
    same.cells.push_back(std::move(all.cells[i]));
    same.listed.push_back(std::move(all.listed[i]));
  }
  return same;
}

/// Returns the trained runs among `records`, and counts the others, other than those that another process is computing:
/// their ids go to `busy`. A run whose files are damaged is reported and counted as failed. Throws UserError if only
/// such runs are left: the tasks that all have in common may be the reason.
Trained trained_of(const std::vector<results::RunRecord>& records, const std::vector<experiment::TomlEntry>& wanted,
                   const Plugins& plugins, sweep::Tally& skipped, std::set<std::string>& busy) {
  Trained trained;
  std::set<std::string> untrained;
  std::vector<std::string> problems, reports;
  for (const auto& record : records) {
    const auto path = record.folder.path().string();
    if (!record.trained()) {
      if (record.state == to_string(results::State::running) || results::RunLock::held(record.folder.path())) {
        busy.insert(record.id());
      } else if (untrained.insert(record.id()).second) {
        skip(record, skipped);
      }
      continue;
    }
    try {
      trained.cells.push_back(run::trained_cell(record, wanted, plugins.schema, plugins.registry));
      trained.records.push_back(&record);
    } catch (const base::UserError& error) {
      if (results::RunLock::held(record.folder.path())) {  // another process has just begun to train it again
        busy.insert(record.id());
        continue;
      }
      reports.push_back(fmt::format("{}: not evaluated: {}\n", path, error.what()));
      for (const auto& message : error.messages()) {
        if (std::ranges::find(problems, message) == problems.end()) problems.push_back(message);
      }
    }
  }
  if (trained.cells.empty() && !problems.empty()) throw base::UserError(problems);
  print_notes(sweep::check_cells(trained.cells));
  trained.listed = sweep::list_cells(trained.cells);
  trained = same_runs(std::move(trained), reports);
  for (const auto& report : reports) base::say("{}", report);
  skipped.cells += static_cast<std::int64_t>(reports.size());
  skipped.failed += static_cast<std::int64_t>(reports.size());
  return trained;
}

/// Lists the tasks that are wanted, or else the places of those that were added before. Throws UserError, before
/// anything is listed, if another task has a name that the user gave.
void list_tasks(const Trained& trained, const std::vector<experiment::TomlEntry>& wanted,
                const run::RunOptions& options) {
  for (std::size_t i = 0; i < trained.cells.size(); ++i)
    run::refuse_taken_names(*trained.records[i], trained.listed[i], wanted, options);
  std::map<std::string, std::vector<results::TaskOfCell>> tasks;  // by experiment
  for (std::size_t i = 0; i < trained.cells.size(); ++i) {
    const auto& record = *trained.records[i];
    if (record.experiment.empty()) continue;
    auto& all = tasks[record.experiment];
    for (auto& task : wanted.empty() ? run::tasks_to_move(record, trained.listed[i])
                                     : run::tasks_to_add(record, trained.cells[i], trained.listed[i]))
      all.push_back(std::move(task));
  }
  for (const auto& [name, all] : tasks) {
    const results::ExperimentFolder experiment(options.results, name);
    wanted.empty() ? experiment.move_tasks(all) : experiment.add_tasks(all);
  }
}

/// Waits until no other process is computing these runs, or until the user stops the program.
void wait_for(const std::set<std::string>& runs, const std::filesystem::path& results, const std::atomic<bool>& stop) {
  constexpr auto kPollInterval = std::chrono::milliseconds(200);
  for (const auto& run : runs) {
    const auto folder = results::run_path(results, run);
    base::say("{}: another process is computing this run; it is evaluated when that has finished\n", folder.string());
    while (!stop && results::RunLock::held(folder)) std::this_thread::sleep_for(kPollInterval);
  }
}

/// Prints the table of the selected runs.
void print_table(const std::filesystem::path& results, const std::vector<std::string>& selection,
                 run::PluginHashes& hashes, results::Format format) {
  std::vector<std::string> known;  // damaged lists were reported before
  auto runs = results::select_runs(results, selection, known);
  for (auto& run : runs) run::mark_stale(run, hashes);
  base::print("{}", results::render_summary(runs, {}, format));
}

Usage evaluate_usage() {
  Usage usage{
      "hourglass evaluate SELECTION ... [--task FILE|key=value ...] [--remove-task NAME ...] [options]",
      "Runs tasks on trained runs without training. SELECTION is the name of an experiment, its file, the id of a run, "
      "or "
      "the folder of\n"
      "results, an experiment or a run.\n"
      "Without --task, tasks that are not begun, failed or whose plugins have changed are run. --task adds tasks: the "
      "[[task]] tables of\n"
      "a TOML file, or tasks written as plugin=NAME key=value ..., where each plugin= begins a new task. --remove-task "
      "removes them again."};
  usage.texts("task", "FILE|key=value", "the tasks to add").multitoken = true;
  usage.texts("remove-task", "NAME", "remove these added tasks and their results, and evaluate nothing").multitoken =
      true;
  usage.flag("fresh", "repeat tasks that are already done");
  usage.flag("quiet", "print no progress");
  add_results_option(usage);
  add_format_option(usage);
  add_plugin_path_option(usage);
  usage.arguments("selection");
  return usage;
}

}  // namespace

int evaluate(const Arguments& arguments) {
  auto usage = evaluate_usage();
  const auto options = parse(usage, arguments);
  if (!options) return 0;
  const auto& selection = options->texts("selection");
  if (selection.empty()) {
    throw base::UserError("no runs were selected; give the name of an experiment, its file, a folder, or a run id");
  }

  const auto& stop = base::stop_requested();
  const auto format = table_format(*options);
  const auto given = results_folder(*options);
  const auto plugins = load_plugins(options->texts("plugin-path"));
  const auto wanted = run::task_entries(options->texts("task"), plugins->schema);
  const auto& unwanted = options->texts("remove-task");
  if (!wanted.empty() && !unwanted.empty()) {
    throw base::UserError(
        "--task and --remove-task exclude each other; remove the tasks first, and then add the others");
  }
  auto records = select_runs(given, selection).runs;
  if (records.empty()) {
    suggest_run(*options, selection);
    return 2;
  }
  run::PluginHashes hashes(plugins->registry);
  const run::RunOptions run_options{.registry = plugins->registry,
                                    .hashes = hashes,
                                    .results = folder_of(records, given),
                                    .existing = options->given("fresh") ? run::Existing::fresh : run::Existing::stale,
                                    .plugin_path = options->texts("plugin-path"),
                                    .train = false};
  if (!unwanted.empty()) {
    for (const auto& sentence : run::remove_added_tasks(records, unwanted, run_options.results))
      base::say("{}\n", sentence);
    print_table(given, selection, hashes, format);
    return 0;
  }
  std::vector<std::string> known;  // damaged lists have been reported
  if (wanted.empty()) report_absent_tasks(records, plugins->registry);
  sweep::Tally tally;
  Progress progress(options->given("quiet"), false);
  while (!records.empty()) {
    std::set<std::string> busy;
    const auto trained = trained_of(records, wanted, *plugins, tally, busy);
    list_tasks(trained, wanted, run_options);
    tally += sweep::run_listed(distinct(trained.cells, trained.listed), run_options, stop, progress);
    wait_for(busy, run_options.results, stop);
    records = results::select_runs(given, selection, known);
    std::erase_if(records, [&](const results::RunRecord& record) { return !busy.contains(record.id()); });
    if (!stop) continue;
    tally += {.cells = std::ssize(busy), .not_begun = std::ssize(busy)};
    break;
  }
  print_table(given, selection, hashes, format);
  return closing(tally);
}

}  // namespace hourglass::cli

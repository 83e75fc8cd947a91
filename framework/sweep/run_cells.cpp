#include "sweep/run_cells.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <set>
#include <thread>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/interrupt.hpp"
#include "results/experiment_lists.hpp"
#include "results/former_lists.hpp"
#include "results/run_lock.hpp"
#include "run/command.hpp"
#include "run/identity.hpp"
#include "subject/opened_data.hpp"
#include "subject/subject.hpp"
#include "sweep/interrupted_cells.hpp"

namespace hourglass::sweep {
namespace {

using Result = run::CellOutcome::Result;

/// Time between two checks of a cell that another process is computing.
constexpr auto kPollInterval = std::chrono::milliseconds(200);

void count(Tally& tally, Result result) {
  if (result == Result::done) ++tally.done;
  if (result == Result::failed) ++tally.failed;
  if (result == Result::interrupted) ++tally.interrupted;
  if (result == Result::busy) ++tally.not_begun;  // by this process
}

/// Folders of task results that were removed, by the folders of their runs.
using Removed = std::map<std::filesystem::path, std::set<std::string>>;

/// Listed tasks of a run whose results are missing, and the experiments that list them.
struct Missing {
  std::set<std::string> tasks, experiments;
};

/// Returns the tasks whose results were removed and have not been computed again, by the folders of their runs. Damaged
/// lists are reported by the commands that show results.
std::map<std::filesystem::path, Missing> missing_results(const Removed& removed, const std::filesystem::path& results) {
  std::map<std::filesystem::path, Missing> missing;
  if (removed.empty()) return missing;
  for (const auto& list : results::all_lists(results)) {
    for (const auto& cell : list.cells) {
      const auto found = removed.find(results::run_path(results, cell.run));
      if (found == removed.end()) continue;
      const auto& [run, folders] = *found;
      for (const auto& task : cell.tasks) {
        if (!folders.contains(task.folder) || base::is_file(run / "tasks" / task.folder / "result.json")) continue;
        missing[run].tasks.insert(task.name);
        missing[run].experiments.insert(list.experiment);
      }
    }
  }
  return missing;
}

/// Names the missing results of each run, and the command that computes them again.
void note_removed(const Removed& removed, const run::RunOptions& options, SweepObserver& observer) {
  for (const auto& [run, missing] : missing_results(removed, options.results)) {
    std::vector<std::string> words = {"evaluate"};
    words.insert(words.end(), missing.experiments.begin(), missing.experiments.end());
    observer.note(fmt::format("{}: training it again removed the results of {}; `{}` computes them again", run.string(),
                              fmt::join(missing.tasks, ", "),
                              run::hourglass_command(words, options.results, options.plugin_path)));
  }
}

/// Counts runs whose folders were removed after their cells were done as failed, and names them.
void count_lost(const std::vector<std::filesystem::path>& done, Tally& tally, SweepObserver& observer) {
  for (const auto& folder : done) {
    if (base::is_file(folder / "status.json")) continue;
    --tally.done;
    ++tally.failed;
    observer.note(
        fmt::format("{}: the folder was removed after its cell was done; run the same command again", folder.string()));
  }
}

/// Returns what happens to the other listed cells of an experiment. The configuration of a run in its own folder says
/// nothing of them.
results::Others others_of(const run::RunOptions& options, const std::filesystem::path& file, const std::string& run) {
  if (options.forget) return results::Others::forgotten;
  std::error_code ignored;
  const auto own = results::run_path(options.results, run) / "experiment.toml";
  return std::filesystem::equivalent(file, own, ignored) ? results::Others::unchanged : results::Others::earlier;
}

}  // namespace

Tally& Tally::operator+=(const Tally& other) {
  cells += other.cells;
  done += other.done;
  failed += other.failed;
  interrupted += other.interrupted;
  not_begun += other.not_begun;
  return *this;
}

std::string Tally::text() const {
  auto text = fmt::format("{} of {} {} done", done, cells, cells == 1 ? "cell" : "cells");
  if (failed > 0) text += fmt::format(", {} failed", failed);
  if (interrupted > 0) text += fmt::format(", {} interrupted", interrupted);
  if (not_begun > 0) text += fmt::format(", {} not begun", not_begun);
  return text;
}

std::vector<results::ListedCell> list_cells(const std::vector<run::Cell>& cells) {
  std::vector<results::ListedCell> listed;
  subject::OpenedData opened;
  for (const auto& cell : cells) {
    const subject::Subject subject(cell.config, cell.seed, opened.of(cell.config));
    const auto identity = run::identify(subject);
    results::ListedCell one{
        cell.label(), static_cast<std::int64_t>(cell.seed), identity.training, run::settings_of(cell), {}};
    one.paths = run::data_paths(cell);
    for (const auto& task : identity.tasks) {
      const bool added = cell.added.contains(task.entry.name);
      one.tasks.push_back({task.entry.name, task.folder, added,
                           added ? run::settings_of(*task.entry.section) : std::vector<results::Setting>{}});
    }
    one.tasks.insert(one.tasks.end(), cell.unavailable.begin(), cell.unavailable.end());
    listed.push_back(std::move(one));
  }
  return listed;
}

Sweep run_cells(const std::vector<run::Cell>& cells, const run::RunOptions& options, const std::atomic<bool>& stop,
                SweepObserver& observer) {
  const results::ExperimentFolder experiment(options.results, cells.front().experiment);
  experiment.refuse_other_file(cells.front().named_by);
  auto listed = list_cells(cells);
  for (const auto& note : notes_on_interrupted(experiment, listed, options.results)) observer.note(note);
  const auto& first = cells.front();
  const auto earlier = experiment.add(first.config.question, listed, first.named_by,
                                      others_of(options, first.config.file, listed.front().run));
  if (options.forget && earlier > 0) {
    observer.note(fmt::format("{}: {} {} of earlier runs {} no longer listed; the results in {} are kept",
                              experiment.name(), earlier, earlier == 1 ? "cell" : "cells", earlier == 1 ? "is" : "are",
                              (options.results / "runs").string()));
  }
  std::vector<std::string> ids;
  for (const auto& cell : listed) ids.push_back(cell.run);
  for (const auto& sentence :
       results::former_lists(options.results, experiment.name(), {ids.begin(), ids.end()}, cells.front().config.file))
    observer.note(sentence);
  const auto tally = run_listed(cells, options, stop, observer, ids);
  if (!base::is_file(experiment.path() / "cells.json")) {
    observer.note(fmt::format("{}: the list of cells was removed while they ran; run the same command again",
                              experiment.path().string()));
  }
  return {tally, std::move(listed)};
}

Tally run_listed(const std::vector<run::Cell>& cells, const run::RunOptions& options, const std::atomic<bool>& stop,
                 SweepObserver& observer, const std::vector<std::string>& ids) {
  const auto all = static_cast<std::int64_t>(cells.size());
  Tally tally{.cells = all};
  std::set<std::filesystem::path> retrained;
  Removed removed;
  std::vector<std::filesystem::path> done;
  const auto run_one = [&](std::size_t i) {
    observer.begin_cell(static_cast<std::int64_t>(i) + 1, all, cells[i].label(),
                        cells[i].config.as<subject::TrainSettings>("train").epochs);
    auto own = options;
    own.retrained = &retrained;
    if (!ids.empty()) own.run = ids[i];
    const auto outcome = run::run_cell(cells[i], own, stop, observer);
    if (outcome.trained) retrained.insert(outcome.folder);
    if (!outcome.removed.empty()) removed[outcome.folder].insert(outcome.removed.begin(), outcome.removed.end());
    if (outcome.result == Result::done) done.push_back(outcome.folder);
    observer.end_cell(outcome);
    return outcome.result;
  };
  std::vector<std::size_t> busy;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (stop) {
      ++tally.not_begun;
      continue;
    }
    const auto result = run_one(i);
    if (result == Result::busy) {
      busy.push_back(i);
    } else {
      count(tally, result);
    }
  }
  for (const auto i : busy) {
    const auto folder = results::run_path(options.results, ids.empty() ? list_cells({cells[i]}).front().run : ids[i]);
    auto result = Result::busy;
    while (result == Result::busy && !stop) {
      if (results::RunLock::held(folder)) {
        std::this_thread::sleep_for(kPollInterval);
      } else {
        result = run_one(i);
      }
    }
    count(tally, result);
  }
  if (stop) base::work_has_stopped();
  count_lost(done, tally, observer);
  note_removed(removed, options, observer);
  return tally;
}

}  // namespace hourglass::sweep

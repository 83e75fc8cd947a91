#include "run/run_cell.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "base/error.hpp"
#include "base/files.hpp"
#include "compute/kernels/parallel.hpp"
#include "evaluate/evaluation.hpp"
#include "evaluate/stop.hpp"
#include "host/create_plugin.hpp"
#include "results/run_lock.hpp"
#include "results/run_record.hpp"
#include "results/task_failures.hpp"
#include "results/task_result.hpp"
#include "run/command.hpp"
#include "run/environment.hpp"
#include "run/identity.hpp"
#include "run/repair.hpp"
#include "subject/checkpoint.hpp"
#include "subject/split_record.hpp"
#include "train/trainer.hpp"

namespace hourglass::run {
namespace {

namespace fs = std::filesystem;
using results::State;
using Result = CellOutcome::Result;

/// Returns the folders in tasks/ that hold a result.
std::set<std::string> task_results(const fs::path& folder) {
  std::set<std::string> results;
  std::error_code error;
  for (fs::directory_iterator entry(folder / "tasks", error), end; !error && entry != end; entry.increment(error)) {
    if (base::is_file(entry->path() / "result.json")) results.insert(entry->path().filename().string());
  }
  return results;
}

/// Runs one cell; the caller holds the lock of its folder.
class CellRun {
 public:
  CellRun(const Cell& cell, const RunOptions& options, const subject::Subject& subject, Identity identity,
          const results::RunFolder& folder, CellObserver& observer)
      : cell_(cell),
        options_(options),
        subject_(subject),
        identity_(std::move(identity)),
        folder_(folder),
        notes_(observer),
        observer_(folder, observer),
        outcome_{.folder = folder.path()} {}

  CellOutcome run(const std::atomic<bool>& stop) {
    compute::set_threads(threads_of(subject_));
    if (!is_trained()) {
      if (!options_.train) return fail(State::interrupted, "its training has not finished");
      train(stop);
      if (outcome_.result != Result::done) return outcome_;
    }
    run_tasks(stop);
    return outcome_;
  }

 private:
  /// Returns whether what exists is computed again: always with `fresh`, but a training only once for all its cells.
  bool is_fresh() const {
    if (options_.existing != Existing::fresh) return false;
    return !options_.train || !options_.retrained || !options_.retrained->contains(folder_.path());
  }

  /// Returns whether a finished training exists and is kept; restores its records if they are damaged.
  bool is_trained() {
    if (options_.train && is_fresh()) return false;
    const auto status = read_status();
    start_over_ = status && status->state == State::failed;
    if (start_over_) return false;
    const bool ended = status && (status->state == State::finished || status->state == State::diverged);
    const bool finished = ended && status->state == State::finished;
    recorded_ = recorded_plugins();
    if (!is_kept(ended ? "its training" : "its interrupted training", recorded_, options_.train)) {
      start_over_ = true;
      return false;
    }
    if (options_.train && finished) {
      for (const auto& note : repair_records(folder_, cell_, subject_, options_.registry, options_.hashes,
                                             status->epoch, identity_.checkpoint))
        notes_.note(note);
    }
    if (ended && !finished) {
      outcome_.training = State::diverged;
      outcome_.result = Result::failed;
      outcome_.reason = status->reason;
    }
    return ended;
  }

  /// Returns the recorded state of the training; nothing, and `damage_`, if the record is damaged.
  std::optional<results::Status> read_status() {
    try {
      return folder_.read_status();
    } catch (const base::UserError& error) {
      if (!options_.train) throw;
      damage_ = error.what();
      return std::nullopt;
    }
  }

  /// Returns the plugins that trained the run; none, and `unknown_`, if their record is damaged.
  std::map<std::string, std::string> recorded_plugins() {
    try {
      return folder_.read_plugins();
    } catch (const base::UserError& error) {
      unknown_ = error.what();
      if (!options_.train)
        notes_.note(fmt::format("{}; whether its plugins have changed is unknown; its training is kept", unknown_));
      return {};
    }
  }

  /// Returns whether a result is kept although plugins may have changed, and notifies the user if they have. A result
  /// that this run would not compute is always kept.
  bool is_kept(const std::string& what, const std::map<std::string, std::string>& plugins, bool computed) {
    const auto changed = options_.hashes.changed(plugins);
    if (changed.empty()) return true;
    if (computed && options_.existing == Existing::stale) return false;
    // Its tasks depend on the plugins of the training, whose note says enough.
    if (std::ranges::includes(noted_, changed)) return true;
    noted_.insert(changed.begin(), changed.end());
    notes_.note(fmt::format("{}: {} is stale, because {} changed; it is kept; `hourglass run --stale` recomputes it",
                            folder_.path().string(), what, fmt::join(changed, ", ")));
    return true;
  }

  void train(const std::atomic<bool>& stop) {
    const auto config = own_config(cell_);
    folder_.write_experiment(config.to_toml(subject_.facts()));
    outcome_.trained = true;
    try {
      train::Trainer trainer(subject_, folder_);
      begin(config, start_over_ || is_fresh() ? train::Resumed() : trainer.resume());
      const auto report = trainer.run(stop, observer_);
      folder_.require_exists();
      subject_.data.require_unchanged();
      outcome_.profile = report.profile;
      const auto state = report.outcome == train::Outcome::finished      ? State::finished
                         : report.outcome == train::Outcome::interrupted ? State::interrupted
                                                                         : State::diverged;
      write_status(state, report.epoch, report.reason);
      outcome_.training = state;
      if (state == State::interrupted) outcome_.result = Result::interrupted;
      if (state == State::diverged) fail(state, report.reason);
    } catch (...) {
      const auto reason = base::current_exception_text();
      fail(State::failed, reason);
      folder_.require_exists();
      write_status(State::failed, 0, reason);
    }
  }

  /// Prepares the folder for a training that continues, or begins with its first step: then nothing of an earlier one
  /// is kept.
  void begin(const experiment::Config& config, const train::Resumed& resumed) {
    const bool continues = !resumed.from.empty();
    for (const auto& note : resumed.notes) notes_.note(note);
    if (!damage_.empty())
      notes_.note(
          fmt::format("{} (done now, {})", damage_, continues ? "from the checkpoint" : "by training it again"));
    if (continues) {
      folder_.clear_temporary();
    } else {
      outcome_.removed = task_results(folder_.path());
      folder_.clear();
    }
    if (continues && !unknown_.empty())
      notes_.note(fmt::format("{}; it is made again, but which versions of its plugins trained it until now is unknown",
                              unknown_));
    auto plugins = training_plugins(config, options_.hashes);
    if (continues) plugins = continued_plugins(recorded_, plugins);
    folder_.write_environment(
        describe_environment(config, options_.registry, plugins, subject_.data.content_hash(), compute::threads()));
    folder_.write_splits(subject::split_record(subject_.data));
    folder_.log(fmt::format("{} on {} threads", cell_.label(), compute::threads()));
    write_status(State::running, 0, "");
    if (continues) folder_.log("continues " + resumed.from);
  }

  void run_tasks(const std::atomic<bool>& stop) {
    if (outcome_.training != State::finished) return;
    auto tasks = unfinished_tasks();
    if (tasks.empty()) return;
    compute::Model model(*subject_.autoencoder.network, false);
    if (load(model, stop)) tasks = unfinished_tasks();  // training again has removed the results of all
    if (outcome_.result != Result::done) return;
    evaluate::Evaluation evaluation(evaluate::Trained{subject_, model}, stop);
    std::vector<results::TaskFailure> failures;
    for (const auto& [task, again] : tasks) {
      observer_.task(task->entry.name, details_of(*task), again);
      try {
        const auto error = run_task(evaluation, *task);
        if (!error.empty()) failures.push_back({task->entry.name, error});
      } catch (const evaluate::Stopped&) {
        outcome_.result = Result::interrupted;
        return;
      } catch (const base::UserError& error) {  // its folder cannot be written; those of the others may
        failures.push_back({task->entry.name, error.what()});
      }
      ++outcome_.tasks;
    }
    if (!failures.empty()) fail(State::finished, fmt::format("{}", fmt::join(results::distinct(failures), "\n")));
  }

  struct Unfinished {
    const PlannedTask* task;
    std::string again;  ///< why it is repeated; empty: it is not
  };

  std::vector<Unfinished> unfinished_tasks() {
    std::vector<Unfinished> tasks;
    for (const auto& task : identity_.tasks) {
      std::string again;
      if (!is_done(task, again)) tasks.push_back({&task, again});
    }
    return tasks;
  }

  /// Returns whether a task has a result that is kept. Sets `again` to the reason if a result is not.
  bool is_done(const PlannedTask& task, std::string& again) {
    if (is_fresh()) return false;
    try {
      const auto folder = folder_.task(task.folder);
      const auto result = results::read_task_result(folder);
      if (result) results::remove_mark(folder);
      if (const auto reason = result ? std::string() : results::cut_off_reason(folder); !reason.empty())
        notes_.note(fmt::format("{}: {}; it is tried again", folder_.path().string(), reason));
      if (!result) return false;
      if (result->failed()) {
        again = "it failed before";
      } else if (!is_kept("task " + task.entry.name, result->plugins, true)) {
        again = fmt::format("{} changed", fmt::join(options_.hashes.changed(result->plugins), ", "));
      }
      return again.empty();
    } catch (const base::UserError& error) {
      notes_.note(fmt::format("{}; the task is repeated", error.what()));
      return false;
    }
  }

  /// Returns what a task's result depends on besides the run: `checkpoint best, plugin=denoising, images=8`.
  std::string details_of(const PlannedTask& task) const {
    auto text = "checkpoint " + identity_.checkpoint;
    if (task.entry.section == nullptr) return text;
    for (const auto& key : settings_of(*task.entry.section))
      text += fmt::format(", {}={}", key.key, text_of(key.value));
    return text;
  }

  /// Returns how users know a task: `b_s (plugin task/bad)`.
  static std::string described(const PlannedTask& task) {
    const auto* section = task.entry.section;
    return section == nullptr
               ? task.entry.name
               : fmt::format("{} (plugin {}/{})", task.entry.name, section->path, section->alternative->name);
  }

  /// Runs a task into its folder and returns why it failed, or "".
  std::string run_task(evaluate::Evaluation& evaluation, const PlannedTask& task) {
    const auto folder = folder_.task(task.folder);
    folder_.require_exists();
    folder_.clear_task(task.folder);
    base::create_folders(folder.parent_path());
    const results::TaskMark mark(folder, described(task));
    auto done = evaluation.run(task.entry, folder);
    for (const auto& note : done.notes) {
      const auto text = fmt::format("task {}: {}", task.entry.name, note);
      folder_.log(text);
      notes_.note(text);
    }
    results::TaskResult result{task.entry.name, identity_.checkpoint, done.error,
                               training_plugins(cell_.config, options_.hashes), std::move(done.metrics)};
    if (const auto* section = task.entry.section) {
      std::set<std::string> plugins = {section->path + "/" + section->alternative->name};
      host::add_plugins(section->values(), plugins);
      for (const auto& plugin : plugins) result.plugins[plugin] = options_.hashes.of(plugin);
    }
    subject_.data.require_unchanged();
    results::write_task_result(folder, result);
    if (result.failed()) folder_.log("failed: " + result.reason);
    return result.reason;
  }

  /// Reads the parameters that the tasks see. If their checkpoint cannot be used, trains the run again and returns true
  /// or, where only tasks are computed, throws UserError with the command that trains it again.
  bool load(compute::Model& model, const std::atomic<bool>& stop) {
    try {
      read_checkpoint(model);
      return false;
    } catch (const base::UserError& error) {
      if (!options_.train) throw base::UserError(fmt::format("{}; `{}` trains the run again", error.what(), replay()));
      if (outcome_.trained) throw;
      notes_.note(fmt::format("{}; the run is trained again", error.what()));
    }
    start_over_ = true;
    train(stop);
    if (outcome_.result == Result::done) read_checkpoint(model);
    return true;
  }

  void read_checkpoint(compute::Model& model) const {
    subject::Checkpoint checkpoint{.cell = folder_.id(), .parameters = model.parameters()};
    subject::load_checkpoint(folder_.checkpoint(identity_.checkpoint), *subject_.autoencoder.network, checkpoint);
  }

  CellOutcome fail(State training, const std::string& reason) {
    outcome_.training = training;
    outcome_.result = Result::failed;
    outcome_.reason = reason;
    return outcome_;
  }

  void write_status(State state, std::int64_t epoch, const std::string& reason) {
    results::Status status{state, epoch, subject_.settings.epochs, reason, ""};
    // The command contains the results folder and would make equal finished runs differ.
    if (state != State::finished) status.replay = replay();
    folder_.write_status(status);
    folder_.log(reason.empty() ? std::string(to_string(state)) : fmt::format("{}: {}", to_string(state), reason));
  }

  /// Returns the command that runs this cell again.
  std::string replay() const {
    std::set<std::string> folders;
    for (const auto& [plugin, path] : plugin_folders(cell_.config, options_.registry)) folders.insert(path);
    return hourglass_command({"run", (folder_.path() / "experiment.toml").string(), "--fresh"}, options_.results,
                             {folders.begin(), folders.end()});
  }

  const Cell& cell_;
  const RunOptions& options_;
  const subject::Subject& subject_;
  Identity identity_;
  const results::RunFolder& folder_;
  CellObserver& notes_;
  LoggedObserver observer_;
  bool start_over_ = false;                      ///< the existing training cannot be continued
  std::map<std::string, std::string> recorded_;  ///< the plugins of the existing training, if it is not started over
  std::string damage_;                           ///< why status.json cannot be read; "" if it can
  std::string unknown_;                          ///< why it is unknown which plugins trained it; "" if it is known
  std::set<std::string> noted_;                  ///< changed plugins that a note has named
  CellOutcome outcome_;
};

}  // namespace

CellOutcome run_cell(const Cell& cell, const RunOptions& options, const std::atomic<bool>& stop,
                     CellObserver& observer) {
  CellOutcome outcome{.result = Result::failed, .training = State::failed};
  try {
    const subject::Subject subject(cell.config, cell.seed);
    auto identity = identify(subject);
    if (!options.run.empty() && identity.training != options.run) {
      throw base::UserError(
          fmt::format("the data of {} was changed after the cell was listed; run the experiment again, and change no "
                      "data meanwhile",
                      cell.label()));
    }
    const results::RunFolder folder(results::run_path(options.results, identity.training));
    outcome.folder = folder.path();
    if (!options.train && !folder.exists()) throw base::UserError(folder.path().string() + " does not exist");
    results::refuse_run_links(options.results, identity.training);
    std::error_code error;  // a missing results folder was removed meanwhile
    fs::create_directory(folder.path(), error);
    if (error) throw base::UserError(folder.path().string() + ": cannot be created: " + error.message());
    const auto lock = results::RunLock::try_lock(folder.path());
    if (!lock) {
      outcome.result = Result::busy;
      return outcome;
    }
    return CellRun(cell, options, subject, std::move(identity), folder, observer).run(stop);
  } catch (...) {
    outcome.reason = base::current_exception_text();
    return outcome;
  }
}

}  // namespace hourglass::run

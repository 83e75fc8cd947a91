#include "run/run_cell.hpp"

#include <fmt/format.h>

#include <set>

#include "base/error.hpp"
#include "compute/kernels/parallel.hpp"
#include "evaluate/evaluation.hpp"
#include "results/run_lock.hpp"
#include "run/environment.hpp"
#include "subject/checkpoint.hpp"

namespace hourglass::run {
namespace {

using results::State;

/// Writes what happens to the run's log as well, without times of its own: those stand in the log's first column.
class LoggedObserver final : public train::Observer {
 public:
  LoggedObserver(const results::RunFolder& folder, CellObserver& observer) : folder_(folder), observer_(observer) {}

  void step(std::int64_t epoch, std::int64_t images, std::int64_t of, double mean_loss) override {
    observer_.step(epoch, images, of, mean_loss);
  }
  void epoch(const results::EpochRow& row) override {
    auto line =
        fmt::format("epoch {}: learning rate {:.6g}, train {:.6g}", row.epoch, row.learning_rate, row.train_loss);
    if (row.validation_loss) line += fmt::format(", validation {:.6g}", *row.validation_loss);
    folder_.log(line);
    observer_.epoch(row);
  }
  void task(const std::string& name) {
    folder_.log("task " + name);
    observer_.task(name);
  }

 private:
  const results::RunFolder& folder_;
  CellObserver& observer_;
};

/// A cell on its way; the folder's lock is held by the caller.
class CellRun {
 public:
  CellRun(const Cell& cell, const subject::Data& data, const results::RunFolder& folder,
          const std::filesystem::path& results, const host::Registry& registry, CellObserver& observer)
      : cell_(cell),
        data_(data),
        folder_(folder),
        observer_(folder, observer),
        noise_(cell.config.create<Noise>("noise")) {
    const auto settings = cell.config.as<subject::TrainSettings>("train");
    status_.epochs = settings.epochs;
    replay_ = fmt::format("hourglass run {} --fresh --results {}", (folder_.path() / "experiment.toml").string(),
                          results.string());
    std::set<std::string> folders;
    for (const auto& [plugin, path] : plugin_folders(cell.config, registry)) folders.insert(path);
    for (const auto& path : folders) replay_ += " --plugin-path " + path;
  }

  CellOutcome compute(bool resume, const std::atomic<bool>& stop) {
    CellOutcome outcome{.computed = true, .folder = folder_.path()};
    folder_.log(fmt::format("{} on {} threads", cell_.label(), compute::threads()));
    write_status(State::running, "");
    auto autoencoder = subject::assemble(cell_.config, data_.shape(), data_.classes());
    const auto report = train(autoencoder, resume, stop);
    outcome.profile = report.profile;
    status_.epoch = report.epoch;
    if (report.outcome == train::Outcome::interrupted || (report.outcome == train::Outcome::finished && stop)) {
      return end(outcome, State::interrupted, "");
    }
    results::Result result;
    if (report.outcome == train::Outcome::diverged) {
      result.state = State::diverged;
    } else {
      result.metrics = evaluate(autoencoder);
    }
    folder_.write_result(result);
    return end(outcome, result.state, report.reason);
  }

  CellOutcome fail(const std::string& reason) {
    return end({.computed = true, .folder = folder_.path()}, State::failed, reason);
  }

 private:
  train::Report train(subject::Autoencoder& autoencoder, bool resume, const std::atomic<bool>& stop) {
    train::Trainer trainer({cell_.config, cell_.seed, data_, *noise_, autoencoder, folder_});
    if (resume) trainer.resume();
    return trainer.run(stop, observer_);
  }

  std::vector<results::TaskMetric> evaluate(subject::Autoencoder& autoencoder) {
    compute::Model model(*autoencoder.network, false);
    const bool best = cell_.config.as<subject::TrainSettings>("train").keep == subject::Keep::best &&
                      std::filesystem::exists(folder_.checkpoint("best"));
    subject::Checkpoint checkpoint{.cell = folder_.cell(), .parameters = model.parameters()};
    subject::load_checkpoint(folder_.checkpoint(best ? "best" : "last"), *autoencoder.network, checkpoint);
    return evaluate::run_tasks({cell_.config, cell_.seed, data_, *noise_, autoencoder, model}, folder_,
                               [&](const std::string& name) { observer_.task(name); });
  }

  CellOutcome end(CellOutcome outcome, State state, const std::string& reason) {
    write_status(state, reason);
    outcome.state = state;
    outcome.reason = reason;
    return outcome;
  }

  void write_status(State state, const std::string& reason) {
    status_.state = state;
    status_.reason = reason;
    // Names the results folder, and so would tell two finished runs of one cell apart.
    status_.replay = state == State::finished ? "" : replay_;
    folder_.write_status(status_);
    folder_.log(reason.empty() ? std::string(to_string(state)) : fmt::format("{}: {}", to_string(state), reason));
  }

  const Cell& cell_;
  const subject::Data& data_;
  const results::RunFolder& folder_;
  LoggedObserver observer_;
  std::unique_ptr<Noise> noise_;
  results::Status status_;
  std::string replay_;  ///< the command that runs this cell again
};

/// Returns the outcome of a cell that is already there and stays, or nothing when it is to be computed.
std::optional<CellOutcome> already_there(const results::RunFolder& folder, Existing existing,
                                         const experiment::Config& config, const host::Registry& registry,
                                         CellObserver& observer) {
  if (existing == Existing::fresh) return std::nullopt;
  const auto status = folder.read_status();
  if (!status || status->state == State::failed) return std::nullopt;
  if (status->state == State::finished || status->state == State::diverged) {
    CellOutcome outcome{.state = status->state, .reason = status->reason, .folder = folder.path()};
    const auto recorded = folder.read_plugins();
    std::vector<std::string> changed;
    for (const auto& [plugin, hash] : plugin_hashes(config, registry)) {
      const auto then = recorded.find(plugin);
      if (then == recorded.end() || then->second != hash) changed.push_back(plugin);
    }
    outcome.stale = !changed.empty();
    if (outcome.stale) {
      observer.note(fmt::format("{} is stale: {} changed since it was computed; it is kept; --fresh computes it again",
                                folder.path().string(), fmt::join(changed, ", ")));
    }
    return outcome;
  }
  if (existing == Existing::resume) return std::nullopt;
  throw base::UserError(
      fmt::format("{}: this run stopped after epoch {} of {}; --resume goes on from there, --fresh starts over",
                  folder.path().string(), folder.read_metrics().size(), status->epochs));
}

/// Removes what must not stay: everything for a fresh start, else the half-written files of a process that was killed.
void clear(const std::filesystem::path& folder, Existing existing) {
  std::vector<std::filesystem::path> unwanted;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (existing == Existing::fresh || entry.path().extension() == ".tmp") unwanted.push_back(entry.path());
  }
  for (const auto& path : unwanted) std::filesystem::remove_all(path);
}

}  // namespace

CellOutcome run_cell(const Cell& cell, const host::Registry& registry, const std::filesystem::path& results,
                     Existing existing, const std::atomic<bool>& stop, CellObserver& observer) {
  const subject::Data data(cell.config);
  const auto data_hash = data.content_hash();
  const results::RunFolder folder(results / cell.experiment / cell_id(cell, data_hash));
  std::filesystem::create_directories(folder.path());
  const results::RunLock lock(folder.path());
  if (auto outcome = already_there(folder, existing, cell.config, registry, observer)) return *outcome;

  const auto asked = cell.config.as<subject::TrainSettings>("train").threads;
  static const int all_threads = compute::threads();
  compute::set_threads(asked > 0 ? static_cast<int>(asked) : all_threads);
  clear(folder.path(), existing);
  folder.write_experiment(cell.config.to_toml());
  folder.write_environment(describe_environment(cell.config, registry, data_hash, compute::threads()));
  CellRun run(cell, data, folder, results, registry, observer);
  try {
    return run.compute(existing == Existing::resume, stop);
  } catch (...) {
    return run.fail(base::current_exception_text());
  }
}

}  // namespace hourglass::run

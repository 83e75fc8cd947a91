// The progress of a cell, as the user sees it and as the run's log keeps it.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>

#include "results/run_folder.hpp"
#include "train/observer.hpp"

namespace hourglass::run {

/// Receives the progress of a cell. Called from the thread that runs it.
class CellObserver : public train::Observer {
 public:
  /// Called before a task runs, with its name and, if it is repeated, the reason: "knn, again: it failed before".
  virtual void task(const std::string& what) = 0;
  virtual void note(const std::string& message) = 0;  ///< called with messages for the user
};

/// Forwards progress to another observer and also writes it to the run's log, which adds the times itself.
class LoggedObserver final : public train::Observer {
 public:
  LoggedObserver(const results::RunFolder& folder, CellObserver& observer) : folder_(folder), observer_(observer) {}

  void step(std::int64_t epoch, std::int64_t images, std::int64_t of, double mean_objective) override {
    observer_.step(epoch, images, of, mean_objective);
  }
  void epoch(const results::EpochRow& row) override {
    auto line =
        fmt::format("epoch {}: learning rate {:.6g}, train {:.6g}", row.epoch, row.learning_rate, row.train.objective);
    if (row.validation) line += fmt::format(", validation {:.6g}", row.validation->objective);
    folder_.require_exists();
    folder_.log(line);
    observer_.epoch(row);
  }
  void prepared(const std::string& phase, std::int64_t epoch, std::int64_t epochs, double loss) override {
    folder_.require_exists();
    folder_.log(fmt::format("{}, epoch {} of {}: train {:.6g}", phase, epoch, epochs, loss));
    observer_.prepared(phase, epoch, epochs, loss);
  }
  /// `again` says why a task is repeated; empty: it is not.
  void task(const std::string& name, const std::string& details, const std::string& again) {
    folder_.require_exists();
    const auto what = again.empty() ? name : fmt::format("{}, again: {}", name, again);
    folder_.log(fmt::format("task {} ({})", what, details));
    observer_.task(what);
  }

 private:
  const results::RunFolder& folder_;
  CellObserver& observer_;
};

}  // namespace hourglass::run

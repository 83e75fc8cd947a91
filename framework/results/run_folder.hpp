// The folder that one run leaves. Every file is written whole or not at all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hourglass/metric.hpp"

namespace hourglass::results {

enum class State { running, finished, interrupted, diverged, failed };
std::string_view to_string(State state);

/// status.json. No times: they stand in log.txt and in the last columns of metrics.csv, so that two runs of one cell
/// leave the same bytes.
struct Status {
  State state = State::running;
  std::int64_t epoch = 0, epochs = 0;  ///< finished, of
  std::string reason;                  ///< of a failure: one sentence
  std::string replay;                  ///< the command that runs this cell again
};

/// A metric with the task that reported it, as in result.json.
struct TaskMetric {
  std::string task;
  Metric metric;
};

/// result.json.
struct Result {
  State state = State::finished;
  std::vector<TaskMetric> metrics;
};

/// One line of metrics.csv: an epoch.
struct EpochRow {
  std::int64_t epoch = 0, step = 0;
  double learning_rate = 0;
  double train_loss = 0;          ///< without penalties
  std::vector<double> penalties;  ///< weighted
  std::optional<double> validation_loss;
  double seconds = 0, images_per_second = 0;  ///< the time columns: the last two
};

/// results/<experiment>/<cell>/. Readers throw UserError, with the file and what is wrong, when a file is damaged.
class RunFolder {
 public:
  explicit RunFolder(std::filesystem::path path) : path_(std::move(path)) {}

  const std::filesystem::path& path() const { return path_; }
  std::string cell() const;        ///< the folder's name
  std::string experiment() const;  ///< the parent folder's name
  bool exists() const;

  void write_experiment(const std::string& toml) const;   ///< experiment.toml
  void write_environment(const std::string& json) const;  ///< environment.json
  /// Returns the plugins that environment.json names, "kind/name", with their libraries' hashes; none without the file.
  std::map<std::string, std::string> read_plugins() const;
  /// Returns the folders of those plugins that were not the program's own; none where none is recorded.
  std::map<std::string, std::string> read_plugin_folders() const;
  void write_status(const Status& status) const;  ///< status.json
  std::optional<Status> read_status() const;      ///< empty when there is none yet
  void write_metrics(const std::vector<std::string>& penalty_names,
                     const std::vector<EpochRow>& rows) const;  ///< metrics.csv
  std::vector<EpochRow> read_metrics() const;                   ///< empty when there is none
  std::vector<std::string> read_penalty_names() const;          ///< of metrics.csv; empty when there is none
  void write_result(const Result& result) const;                ///< result.json
  std::optional<Result> read_result() const;                    ///< empty when there is none yet
  void write_table(const std::string& name, const std::vector<std::string>& columns,
                   const std::vector<std::vector<std::string>>& cells) const;  ///< tables/<name>.csv
  /// Appends a line to log.txt, with date and time of day in front.
  void log(const std::string& line) const;

  std::filesystem::path checkpoint(const std::string& name) const { return path_ / "checkpoints" / name; }
  std::filesystem::path sample(const std::string& name) const { return path_ / "samples" / (name + ".png"); }

 private:
  std::filesystem::path path_;
};

/// Returns all run folders below results/ (two levels down, with a status.json), sorted by path.
std::vector<RunFolder> find_runs(const std::filesystem::path& results);

}  // namespace hourglass::results

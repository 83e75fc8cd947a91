// The folder of one run. Every file is written atomically.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace hourglass::results {

enum class State { running, finished, interrupted, diverged, failed };
std::string_view to_string(State state);

/// status.json. It contains no times, so that two runs of one cell write the same bytes; times are in log.txt and in
/// the last columns of metrics.csv.
struct Status {
  State state = State::running;
  std::int64_t epoch = 0, epochs = 0;  ///< finished epochs, all epochs
  std::string reason;                  ///< of a failure, in one sentence
  std::string replay;                  ///< the command that runs this cell again
};

/// results/runs/<run id>/: one training and the tasks that were evaluated on it. Readers throw UserError if a file is
/// damaged.
class RunFolder {
 public:
  explicit RunFolder(std::filesystem::path path) : path_(std::move(path)) {}

  const std::filesystem::path& path() const { return path_; }
  std::string id() const;  ///< the folder's name: the run id
  bool exists() const;

  /// Throws UserError if experiment.toml, the first file that is written, no longer exists: the folder was removed
  /// while the run was being computed.
  void require_exists() const;

  /// Writes experiment.toml; a comment at its end holds a checksum of the text and of the names of file and folder.
  void write_experiment(const std::string& toml) const;
  /// Returns the text of experiment.toml without the checksum. Throws UserError if the checksum is not that of the
  /// text; a file without one may have been written by hand.
  std::string read_experiment() const;
  /// Returns whether experiment.toml has a checksum, which it lacks after it was cut off.
  bool is_sealed() const;
  void write_environment(const base::Json& json) const;  ///< environment.json
  void write_splits(const base::Json& json) const;       ///< splits.json
  /// Returns the number of threads in environment.json, or nothing without the file.
  std::optional<std::int64_t> read_threads() const;
  /// Returns the hash of the contents of the data that the run was trained on; nothing without environment.json. Throws
  /// UserError if the file is damaged.
  std::optional<std::string> read_data() const;
  /// Returns the plugins in environment.json: "kind/name" -> hash of the library, "" if it is unknown. Throws UserError
  /// without the file.
  std::map<std::string, std::string> read_plugins() const;
  /// Returns the folders of the plugins that do not belong to the program: "kind/name" -> folder.
  std::map<std::string, std::string> read_plugin_folders() const;
  void write_status(const Status& status) const;  ///< status.json
  std::optional<Status> read_status() const;      ///< empty if there is none yet
  /// Appends a line to log.txt after the date and time.
  void log(const std::string& line) const;

  // These remove only what the program has written, and never follow links. They throw UserError.

  /// Removes everything but experiment.toml; the status first, so that no process takes the run for a finished one.
  void clear() const;
  /// Removes the result, the images and the tables of one task.
  void clear_task(const std::string& folder) const;
  /// Removes the temporary files that a killed process has left.
  void clear_temporary() const;

  std::filesystem::path metrics() const { return path_ / "metrics.csv"; }  ///< see epoch_metrics.hpp
  std::filesystem::path checkpoint(const std::string& name) const { return path_ / "checkpoints" / name; }
  std::filesystem::path task(const std::string& folder) const { return path_ / "tasks" / folder; }

 private:
  std::filesystem::path path_;
};

/// Throws UserError if a part of `results` that a run writes to is a symbolic link: the folder of runs, that of the run
/// `id`, or one of its own.
void refuse_run_links(const std::filesystem::path& results, const std::string& id);

/// Returns all run folders in a results folder: runs/*/ with a status.json, sorted by path.
std::vector<RunFolder> find_runs(const std::filesystem::path& results);

}  // namespace hourglass::results

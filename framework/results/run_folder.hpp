// The folder that one run leaves. Every file is written whole or not at all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

/// results/runs/<id>/: one training and the tasks that were evaluated on it. Readers throw UserError, with the file and
/// what is wrong, when a file is damaged.
class RunFolder {
 public:
  explicit RunFolder(std::filesystem::path path) : path_(std::move(path)) {}

  const std::filesystem::path& path() const { return path_; }
  std::string id() const;  ///< the folder's name: the training's id
  bool exists() const;

  void write_experiment(const std::string& toml) const;   ///< experiment.toml
  void write_environment(const std::string& json) const;  ///< environment.json
  /// Returns the plugins that environment.json names, "kind/name", with their libraries' hashes; none without the file.
  std::map<std::string, std::string> read_plugins() const;
  /// Returns the folders of those plugins that were not the program's own; none where none is recorded.
  std::map<std::string, std::string> read_plugin_folders() const;
  void write_status(const Status& status) const;  ///< status.json
  std::optional<Status> read_status() const;      ///< empty when there is none yet
  /// Appends a line to log.txt, with date and time of day in front.
  void log(const std::string& line) const;

  std::filesystem::path metrics() const { return path_ / "metrics.csv"; }  ///< see epoch_metrics.hpp
  std::filesystem::path checkpoint(const std::string& name) const { return path_ / "checkpoints" / name; }
  std::filesystem::path task(const std::string& folder) const { return path_ / "tasks" / folder; }

 private:
  std::filesystem::path path_;
};

/// Returns all run folders of a results folder, results/runs/*/ with a status.json, sorted by path.
std::vector<RunFolder> find_runs(const std::filesystem::path& results);

}  // namespace hourglass::results

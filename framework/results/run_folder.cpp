// Writes and reads the files of a run folder.
#include "results/run_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <fstream>
#include <set>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/hash.hpp"
#include "base/removal.hpp"
#include "results/csv.hpp"
#include "results/json_file.hpp"
#include "results/number.hpp"

namespace hourglass::results {
namespace {

/// Precedes the checksum in the last line of experiment.toml.
constexpr std::string_view kChecksum = "# checksum ";

namespace fs = std::filesystem;

constexpr State kStates[] = {State::running, State::finished, State::interrupted, State::diverged, State::failed};

// Returns the path without a trailing slash or dots, so that its last component is the folder's name.
fs::path folder_of(const fs::path& path) { return fs::absolute(path / ".").lexically_normal().parent_path(); }

State state_of(const JsonObject& object, const std::string& key) {
  const auto text = object.text(key);
  for (const auto state : kStates) {
    if (text == to_string(state)) return state;
  }
  object.damaged(key, "running, finished, interrupted, diverged or failed");
}

/// Returns whether a file in the folder of a run belongs to its training.
bool is_of_training(const fs::path& run, const fs::path& file) {
  static const std::set<fs::path> kFiles = {"environment.json", "splits.json",      "metrics.csv",         "log.txt",
                                            "checkpoints/last", "checkpoints/best", "checkpoints/previous"};
  return kFiles.contains(file.lexically_relative(run)) || base::is_temporary(file);
}

/// Returns whether a file in the folder of a run was written for a task.
bool is_of_task(const fs::path& run, const fs::path& file) {
  if (file.parent_path().parent_path() != run / "tasks") return false;
  const auto type = file.extension();
  return type == ".png" || type == ".csv" || file.filename() == "result.json" || file.filename() == "begun.json" ||
         base::is_temporary(file);
}

}  // namespace

std::string_view to_string(State state) {
  switch (state) {
    case State::running: return "running";
    case State::finished: return "finished";
    case State::interrupted: return "interrupted";
    case State::diverged: return "diverged";
    default: return "failed";
  }
}

std::string RunFolder::id() const { return folder_of(path_).filename().string(); }

bool RunFolder::exists() const {
  std::error_code ignored;
  return fs::is_directory(path_, ignored);
}

void RunFolder::require_exists() const {
  if (!base::is_file(path_ / "experiment.toml"))
    throw base::UserError(path_.string() + ": the folder was removed while the run was being computed");
}

void RunFolder::write_experiment(const std::string& toml) const {
  const auto file = path_ / "experiment.toml";
  base::write_file(file, fmt::format("{}{}{}\n", toml, kChecksum, base::hash_hex(place_of(file) + toml)));
}

bool RunFolder::is_sealed() const {
  return base::read_text(path_ / "experiment.toml").find(kChecksum) != std::string::npos;
}

std::string RunFolder::read_experiment() const {
  const auto file = path_ / "experiment.toml";
  auto text = base::read_text(file);
  const auto last = text.rfind(kChecksum);
  if (last == std::string::npos) return text;
  const auto sum = text.substr(last + kChecksum.size());
  text.erase(last);
  if (sum != base::hash_hex(place_of(file) + text) + "\n") {
    throw base::UserError(
        fmt::format("{}: the file was changed after it was written; run its experiment again, which makes it again",
                    file.string()));
  }
  return text;
}

void RunFolder::write_environment(const Json& json) const { write_json(path_ / "environment.json", json); }

void RunFolder::write_splits(const Json& json) const { write_json(path_ / "splits.json", json); }

std::optional<std::int64_t> RunFolder::read_threads() const {
  const auto environment = JsonObject::existing(path_ / "environment.json");
  return environment ? std::optional(environment->whole("threads")) : std::nullopt;
}

std::optional<std::string> RunFolder::read_data() const {
  const auto environment = JsonObject::existing(path_ / "environment.json");
  return environment ? std::optional(environment->text("data")) : std::nullopt;
}

std::map<std::string, std::string> RunFolder::read_plugins() const {
  return JsonObject(path_ / "environment.json").texts("plugins");
}

std::map<std::string, std::string> RunFolder::read_plugin_folders() const {
  const auto environment = JsonObject::existing(path_ / "environment.json");
  return environment && environment->has("plugin_folders") ? environment->texts("plugin_folders")
                                                           : std::map<std::string, std::string>{};
}

void RunFolder::write_status(const Status& status) const {
  Json json;
  json["state"] = to_string(status.state);
  json["epoch"] = status.epoch;
  json["epochs"] = status.epochs;
  json["reason"] = status.reason;
  json["replay"] = status.replay;
  write_json(path_ / "status.json", json);
}

std::optional<Status> RunFolder::read_status() const {
  const auto json = JsonObject::existing(path_ / "status.json");
  if (!json) return std::nullopt;
  return Status{state_of(*json, "state"), json->whole("epoch"), json->whole("epochs"), json->text("reason"),
                json->text("replay")};
}

void RunFolder::log(const std::string& line) const {
  const auto now = std::time(nullptr);
  std::tm local{};
  char stamp[32] = "";
  if (localtime_r(&now, &local)) std::strftime(stamp, sizeof(stamp), "%Y-%m-%d %H:%M:%S%z", &local);
  std::ofstream file(path_ / "log.txt", std::ios::app | std::ios::binary);
  file << fmt::format("{}  {}\n", stamp, line) << std::flush;
  if (!file)
    throw base::UserError(fmt::format("{}: cannot be written; check the folder's permissions and the free disk space",
                                      (path_ / "log.txt").string()));
}

void RunFolder::clear() const {
  base::remove_files(path_, [&](const fs::path& file) { return file == path_ / "status.json"; });
  base::remove_files(path_,
                     [&](const fs::path& file) { return is_of_training(path_, file) || is_of_task(path_, file); });
}

void RunFolder::clear_task(const std::string& folder) const {
  base::remove_files(path_ / "tasks", [&](const fs::path& file) {
    return file.parent_path().filename() == folder && is_of_task(path_, file);
  });
}

void RunFolder::clear_temporary() const { base::remove_files(path_, base::is_temporary); }

void refuse_run_links(const fs::path& results, const std::string& id) {
  const auto run = fs::path("runs") / id;
  base::refuse_links(results, run / "log.txt");  // the only file that is not replaced, but appended to
  base::refuse_links(results, run / "checkpoints");
  const auto tasks = run / "tasks";
  base::refuse_links(results, tasks);
  std::error_code error;
  for (fs::directory_iterator entry(results / tasks, error), end; !error && entry != end; entry.increment(error))
    base::refuse_links(results, tasks / entry->path().filename());
}

std::vector<RunFolder> find_runs(const fs::path& results) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (fs::directory_iterator entry(results / "runs", error), end; !error && entry != end; entry.increment(error)) {
    if (base::is_file(entry->path() / "status.json")) paths.push_back(entry->path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<RunFolder> runs;
  for (auto& path : paths) runs.emplace_back(std::move(path));
  return runs;
}

}  // namespace hourglass::results

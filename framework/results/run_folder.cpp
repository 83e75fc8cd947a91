// Writes and reads the files of a run folder.
#include "results/run_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <fstream>

#include "base/error.hpp"
#include "base/files.hpp"
#include "results/csv.hpp"
#include "results/json_file.hpp"
#include "results/number.hpp"

namespace hourglass::results {
namespace {

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

void RunFolder::write_experiment(const std::string& toml) const { base::write_file(path_ / "experiment.toml", toml); }

void RunFolder::write_environment(const std::string& json) const { base::write_file(path_ / "environment.json", json); }

std::optional<std::int64_t> RunFolder::read_threads() const {
  const auto file = path_ / "environment.json";
  return base::is_file(file) ? std::optional(JsonObject(file).whole("threads")) : std::nullopt;
}

std::optional<std::string> RunFolder::read_data() const {
  const auto file = path_ / "environment.json";
  return base::is_file(file) ? std::optional(JsonObject(file).text("data")) : std::nullopt;
}

std::map<std::string, std::string> RunFolder::read_plugins() const {
  return JsonObject(path_ / "environment.json").texts("plugins");
}

std::map<std::string, std::string> RunFolder::read_plugin_folders() const {
  const auto file = path_ / "environment.json";
  if (!base::is_file(file)) return {};
  const JsonObject environment(file);
  return environment.has("plugin_folders") ? environment.texts("plugin_folders") : std::map<std::string, std::string>{};
}

void RunFolder::write_status(const Status& status) const {
  Json json;
  json["state"] = to_string(status.state);
  json["epoch"] = status.epoch;
  json["epochs"] = status.epochs;
  json["reason"] = status.reason;
  json["replay"] = status.replay;
  base::write_file(path_ / "status.json", json_text(json));
}

std::optional<Status> RunFolder::read_status() const {
  const auto file = path_ / "status.json";
  if (!base::is_file(file)) return std::nullopt;
  const JsonObject json(file);
  return Status{state_of(json, "state"), json.whole("epoch"), json.whole("epochs"), json.text("reason"),
                json.text("replay")};
}

void RunFolder::log(const std::string& line) const {
  const auto now = std::time(nullptr);
  std::tm local{};
  char stamp[32] = "";
  if (localtime_r(&now, &local)) std::strftime(stamp, sizeof(stamp), "%Y-%m-%d %H:%M:%S%z", &local);
  std::error_code ignored;  // opening the file reports a folder that could not be created
  fs::create_directories(path_, ignored);
  std::ofstream file(path_ / "log.txt", std::ios::app | std::ios::binary);
  file << fmt::format("{}  {}\n", stamp, line) << std::flush;
  if (!file)
    throw base::UserError(fmt::format("{}: cannot be written; check the folder's permissions and the free disk space",
                                      (path_ / "log.txt").string()));
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

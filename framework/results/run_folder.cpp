// The folder that one run leaves: which file holds what, written and read.
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

const std::vector<std::string> kFirstColumns = {"epoch", "step", "learning_rate", "train_loss"};
const std::vector<std::string> kLastColumns = {"validation_loss", "seconds", "images_per_second"};

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

// The path without a last slash or dots, so that its last names are those of folders.
fs::path folder_of(const fs::path& path) { return fs::absolute(path / ".").lexically_normal().parent_path(); }

State state_of(const JsonObject& object, const std::string& key) {
  const auto text = object.text(key);
  for (const auto state : kStates) {
    if (text == to_string(state)) return state;
  }
  object.damaged(key, "running, finished, interrupted, diverged or failed");
}

// The lines of metrics.csv, each as long as the first, which holds the names. Empty when there is no such file.
std::vector<std::vector<std::string>> read_metrics_lines(const fs::path& file) {
  if (!is_file(file)) return {};
  const auto damaged = [&](std::size_t line, const std::string& what) {
    return base::UserError(fmt::format(
        "{}:{}: {}; the file was changed after it was written: delete the run folder and run its cell again",
        file.string(), line, what));
  };
  const auto text = base::read_file(file);
  auto lines = parse_csv(text);
  if (!lines)
    throw damaged(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1, "the line does not end");
  const auto least = kFirstColumns.size() + kLastColumns.size();
  if (lines->empty() || lines->front().size() < least ||
      !std::equal(kFirstColumns.begin(), kFirstColumns.end(), lines->front().begin()) ||
      !std::equal(kLastColumns.rbegin(), kLastColumns.rend(), lines->front().rbegin())) {
    throw damaged(1, fmt::format("the columns are {}, expected {},(penalties),{}",
                                 lines->empty() ? "missing" : fmt::format("{}", fmt::join(lines->front(), ",")),
                                 fmt::join(kFirstColumns, ","), fmt::join(kLastColumns, ",")));
  }
  for (std::size_t i = 1; i < lines->size(); ++i) {
    const auto got = (*lines)[i].size(), expected = lines->front().size();
    if (got != expected) throw damaged(i + 1, fmt::format("the line has {} fields, expected {}", got, expected));
    for (std::size_t j = 0; j < expected; ++j) {
      const auto& field = (*lines)[i][j];
      std::int64_t whole = 0;
      const auto parsed = std::from_chars(field.data(), field.data() + field.size(), whole);
      const bool is_whole = parsed.ec == std::errc() && parsed.ptr == field.data() + field.size();
      const bool may_be_empty = lines->front()[j] == "validation_loss";
      if ((j < 2 && !is_whole) || (!number_of(field) && !(may_be_empty && field.empty()))) {
        throw damaged(i + 1,
                      fmt::format("{} is '{}', expected a {}number", lines->front()[j], field, j < 2 ? "whole " : ""));
      }
    }
  }
  return *lines;
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

std::map<std::string, std::string> RunFolder::read_plugins() const {
  const auto file = path_ / "environment.json";
  return is_file(file) ? JsonObject(file).texts("plugins") : std::map<std::string, std::string>{};
}

std::map<std::string, std::string> RunFolder::read_plugin_folders() const {
  const auto file = path_ / "environment.json";
  if (!is_file(file)) return {};
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
  if (!is_file(file)) return std::nullopt;
  const JsonObject json(file);
  return Status{state_of(json, "state"), json.whole("epoch"), json.whole("epochs"), json.text("reason"),
                json.text("replay")};
}

void RunFolder::write_metrics(const std::vector<std::string>& penalty_names, const std::vector<EpochRow>& rows) const {
  auto names = kFirstColumns;
  names.insert(names.end(), penalty_names.begin(), penalty_names.end());
  names.insert(names.end(), kLastColumns.begin(), kLastColumns.end());
  auto text = csv_record(names);
  for (const auto& row : rows) {
    std::vector<std::string> fields = {std::to_string(row.epoch), std::to_string(row.step),
                                       number_text(row.learning_rate), number_text(row.train_loss)};
    for (const auto penalty : row.penalties) fields.push_back(number_text(penalty));
    fields.push_back(row.validation_loss ? number_text(*row.validation_loss) : "");
    fields.push_back(number_text(row.seconds));
    fields.push_back(number_text(row.images_per_second));
    text += csv_record(fields);
  }
  base::write_file(path_ / "metrics.csv", text);
}

std::vector<EpochRow> RunFolder::read_metrics() const {
  const auto lines = read_metrics_lines(path_ / "metrics.csv");
  std::vector<EpochRow> rows;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const auto& line = lines[i];
    const auto number = [&](std::size_t j) { return *number_of(line[j]); };
    const auto last = line.size() - kLastColumns.size();
    EpochRow row;
    row.epoch = std::stoll(line[0]);
    row.step = std::stoll(line[1]);
    row.learning_rate = number(2);
    row.train_loss = number(3);
    for (auto j = kFirstColumns.size(); j < last; ++j) row.penalties.push_back(number(j));
    row.validation_loss = number_of(line[last]);
    row.seconds = number(last + 1);
    row.images_per_second = number(last + 2);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<std::string> RunFolder::read_penalty_names() const {
  const auto lines = read_metrics_lines(path_ / "metrics.csv");
  if (lines.empty()) return {};
  return {lines[0].begin() + static_cast<std::ptrdiff_t>(kFirstColumns.size()),
          lines[0].end() - static_cast<std::ptrdiff_t>(kLastColumns.size())};
}

void RunFolder::log(const std::string& line) const {
  const auto now = std::time(nullptr);
  std::tm local{};
  char stamp[32] = "";
  if (localtime_r(&now, &local)) std::strftime(stamp, sizeof(stamp), "%Y-%m-%d %H:%M:%S%z", &local);
  std::error_code ignored;  // a folder that cannot be made shows when the file is opened
  fs::create_directories(path_, ignored);
  std::ofstream file(path_ / "log.txt", std::ios::app | std::ios::binary);
  file << fmt::format("{}  {}\n", stamp, line) << std::flush;
  if (!file)
    throw base::UserError(fmt::format("{}: cannot be written; check the folder's permissions and the free space",
                                      (path_ / "log.txt").string()));
}

std::vector<RunFolder> find_runs(const fs::path& results) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (fs::directory_iterator entry(results / "runs", error), end; !error && entry != end; entry.increment(error)) {
    if (is_file(entry->path() / "status.json")) paths.push_back(entry->path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<RunFolder> runs;
  for (auto& path : paths) runs.emplace_back(std::move(path));
  return runs;
}

}  // namespace hourglass::results

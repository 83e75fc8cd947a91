// Finds the runs that a user selects by name, file, folder or id.
#include "results/selection.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/suggest.hpp"

namespace hourglass::results {
namespace {

namespace fs = std::filesystem;

std::vector<RunRecord> cells_of(const fs::path& results, const std::string& experiment) {
  std::vector<RunRecord> records;
  const ExperimentFolder folder(results, experiment);
  const auto question = folder.question();
  for (const auto& cell : folder.cells()) records.push_back(read_cell(results, experiment, question, cell));
  return records;
}

bool is_experiment(const fs::path& results, const std::string& name) {
  return !name.empty() && name.find('/') == std::string::npos &&
         base::is_file(ExperimentFolder(results, name).path() / "cells.json");
}

/// Returns the runs whose id begins with `name`; none for an empty name.
std::vector<RunFolder> runs_beginning(const fs::path& results, const std::string& name) {
  std::vector<RunFolder> matches;
  if (name.empty()) return matches;
  for (const auto& run : find_runs(results)) {
    if (run.id().starts_with(name)) matches.push_back(run);
  }
  return matches;
}

/// Returns a run with the settings and the label from the first experiment that lists it, if any.
RunRecord record_of(const RunFolder& run) {
  const auto results = fs::absolute(run.path()).lexically_normal().parent_path().parent_path();
  for (const auto& name : ExperimentFolder::all(results)) {
    try {
      for (auto& cell : cells_of(results, name)) {
        if (cell.id() == run.id()) return std::move(cell);
      }
    } catch (const base::UserError&) {
      // Another experiment may list the run.
    }
  }
  return read_run(run);
}

/// Returns the cells in a results folder, an experiment's folder or a run folder; none if it is none of these.
std::vector<RunRecord> cells_in(const fs::path& folder) {
  if (base::is_file(folder / "status.json")) return {record_of(RunFolder(fs::weakly_canonical(folder)))};
  if (base::is_file(folder / "cells.json")) {
    const auto path = fs::weakly_canonical(folder);
    return cells_of(path.parent_path().parent_path(), path.filename().string());
  }
  std::vector<std::string> problems;
  auto all = read_all(folder, problems);
  if (all.empty() && !problems.empty()) throw base::UserError(problems);
  return all;
}

std::vector<RunRecord> cells_named(const fs::path& results, const std::string& name) {
  const fs::path path(name);
  const auto known = ExperimentFolder::all(results);
  if (path.extension() == ".toml") {
    if (base::is_file(path)) return cells_of(results, experiment_name(path));
    const auto stem = path.stem().string();
    if (is_experiment(results, stem)) return cells_of(results, stem);
    throw base::UserError(fmt::format("{}: the file does not exist, and {} has no experiment '{}'{}", name,
                                      results.string(), stem, base::did_you_mean(stem, known)));
  }
  if (is_experiment(results, name)) return cells_of(results, name);
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return cells_in(path);
  if (!runs_beginning(results, name).empty()) return {record_of(find_run(results, name))};
  throw base::UserError(fmt::format(
      "'{}' is not a folder, the id of a run or an experiment in {}, which has {}{}", name, results.string(),
      known.empty() ? "no experiments" : fmt::format("the experiments {}", fmt::join(known, ", ")),
      base::did_you_mean(name, known)));
}

}  // namespace

std::vector<RunRecord> select_runs(const fs::path& results, const std::vector<std::string>& names) {
  if (names.empty()) {
    std::vector<std::string> problems;
    auto all = read_all(results, problems);
    if (all.empty() && !problems.empty()) throw base::UserError(problems);
    return all;
  }
  std::vector<RunRecord> chosen;
  for (const auto& name : names) {
    for (auto& run : cells_named(results, name)) {
      const auto is_same = [&](const RunRecord& other) {
        return other.experiment == run.experiment && other.id() == run.id() && other.label == run.label;
      };
      if (std::none_of(chosen.begin(), chosen.end(), is_same)) chosen.push_back(std::move(run));
    }
  }
  return chosen;
}

RunFolder find_run(const fs::path& results, const std::string& name) {
  if (base::is_file(fs::path(name) / "status.json")) return RunFolder(fs::weakly_canonical(name));
  const auto matches = runs_beginning(results, name);
  if (matches.size() == 1) return matches.front();
  if (matches.empty()) {
    std::vector<std::string> ids;
    for (const auto& run : find_runs(results)) ids.push_back(run.id());
    throw base::UserError(
        fmt::format("'{}' is not the folder of a run or the beginning of the id of one of the {} runs in {}{}", name,
                    ids.size(), results.string(), base::did_you_mean(name, ids)));
  }
  std::vector<std::string> paths;
  for (const auto& match : matches) paths.push_back(match.path().string());
  throw base::UserError(
      fmt::format("'{}' matches {} runs: {}; give more of the id", name, paths.size(), fmt::join(paths, ", ")));
}

}  // namespace hourglass::results

// Finds the runs that a user selects by name, file, folder or id.
#include "results/selection.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <set>

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

/// Returns a run with the settings and the label from the first experiment that lists it, if any. Adds damaged lists to
/// `problems`.
RunRecord record_of(const RunFolder& run, std::vector<std::string>& problems) {
  const auto results = fs::absolute(run.path()).lexically_normal().parent_path().parent_path();
  for (const auto& name : ExperimentFolder::all(results)) {
    try {
      const ExperimentFolder experiment(results, name);
      for (const auto& cell : experiment.cells()) {
        if (cell.run != run.id()) continue;
        auto record = read_cell(results, name, experiment.question(), cell);
        record.folder = run;  // the path that the user knows
        return record;
      }
    } catch (const base::UserError& error) {
      problems.emplace_back(error.what());  // another experiment may list the run
    }
  }
  return read_run(run);
}

/// Returns the cell that `path` leads to, if it is a link in the folder of an experiment.
std::optional<RunRecord> linked_cell(const fs::path& path) {
  auto link = fs::absolute(path).lexically_normal();
  if (!link.has_filename()) link = link.parent_path();
  std::error_code ignored;
  const auto folder = fs::weakly_canonical(link.parent_path(), ignored);
  if (!fs::is_symlink(link, ignored) || !base::is_file(folder / "cells.json")) return std::nullopt;
  const auto results = folder.parent_path().parent_path();
  const ExperimentFolder experiment(results, folder.filename().string());
  const auto cell = experiment.cell_of_link(link.filename().string());
  if (!cell) return std::nullopt;
  return read_cell(results, experiment.name(), experiment.question(), *cell);
}

/// Returns all cells of a results folder, and adds damaged lists to `problems`. Throws UserError if it has nothing
/// else.
std::vector<RunRecord> all_cells(const fs::path& results, std::vector<std::string>& problems) {
  std::vector<std::string> damaged;
  auto all = read_all(results, damaged);
  if (all.empty() && !damaged.empty()) throw base::UserError(damaged);
  problems.insert(problems.end(), damaged.begin(), damaged.end());
  return all;
}

/// Returns the cells in a results folder, an experiment's folder or a run folder; none if it is none of these.
std::vector<RunRecord> cells_in(const fs::path& folder, std::vector<std::string>& problems) {
  if (base::is_file(folder / "status.json")) return {record_of(RunFolder(fs::weakly_canonical(folder)), problems)};
  if (base::is_file(folder / "cells.json")) {
    const auto path = fs::weakly_canonical(folder);
    return cells_of(path.parent_path().parent_path(), path.filename().string());
  }
  return all_cells(folder, problems);
}

std::vector<RunRecord> cells_named(const fs::path& results, const std::string& name,
                                   std::vector<std::string>& problems) {
  const fs::path path(name);
  const auto known = ExperimentFolder::all(results);
  if (path.extension() == ".toml") {
    if (base::is_file(path)) {
      const auto experiment = experiment_name(path);
      if (experiment == path.stem().string()) ExperimentFolder(results, experiment).refuse_other_file(path);
      return cells_of(results, experiment);
    }
    const auto stem = path.stem().string();
    if (is_experiment(results, stem)) return cells_of(results, stem);
    throw base::UserError(fmt::format("{}: the file does not exist, and {} has no experiment '{}'{}", name,
                                      results.string(), stem, base::did_you_mean(stem, known)));
  }
  if (is_experiment(results, name)) return cells_of(results, name);
  if (auto cell = linked_cell(path)) return {std::move(*cell)};
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return cells_in(path, problems);
  if (!runs_beginning(results, name).empty()) return {find_run(results, name, problems)};
  throw base::UserError(fmt::format(
      "'{}' is not a folder, the id of a run or an experiment in {}, which has {}{}", name, results.string(),
      known.empty() ? "no experiments" : fmt::format("the experiments {}", fmt::join(known, ", ")),
      base::did_you_mean(name, known)));
}

}  // namespace

std::vector<RunRecord> select_runs(const fs::path& results, const std::vector<std::string>& names,
                                   std::vector<std::string>& problems) {
  if (names.empty()) return all_cells(results, problems);
  std::vector<RunRecord> chosen;
  std::set<std::array<std::string, 3>> seen;
  for (const auto& name : names) {
    for (auto& run : cells_named(results, name, problems)) {
      if (seen.insert({run.experiment, run.id(), run.label}).second) chosen.push_back(std::move(run));
    }
  }
  return chosen;
}

RunRecord find_run(const fs::path& results, const std::string& name, std::vector<std::string>& problems) {
  if (auto cell = linked_cell(name)) return std::move(*cell);
  if (base::is_file(fs::path(name) / "status.json")) return record_of(RunFolder(fs::weakly_canonical(name)), problems);
  const auto matches = runs_beginning(results, name);
  if (matches.size() == 1) return record_of(matches.front(), problems);
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

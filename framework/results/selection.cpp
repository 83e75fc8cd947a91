// Finds the runs that a user selects by name, file, folder or id.
#include "results/selection.hpp"

#include <fmt/format.h>

#include <array>
#include <map>
#include <optional>
#include <set>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/suggest.hpp"
#include "results/experiment_links.hpp"
#include "results/experiment_lists.hpp"

namespace hourglass::results {
namespace {

namespace fs = std::filesystem;

/// The list of an experiment's cells.
struct List {
  std::string question;
  std::vector<ListedCell> cells;
  std::map<std::string, const ListedCell*> by_link;
};

/// Reads each list of cells once, however many runs are selected.
class Lists {
 public:
  /// Throws UserError if the list is damaged.
  const List& of(const fs::path& results, const std::string& experiment) {
    const ExperimentFolder folder(results, experiment);
    if (const auto known = lists_.find(folder.path()); known != lists_.end()) return known->second;
    List list{folder.question(), folder.cells(), {}};
    const auto links = link_names(list.cells);
    for (std::size_t i = 0; i < links.size(); ++i) list.by_link[links[i]] = &list.cells[i];
    return lists_.emplace(folder.path(), std::move(list)).first->second;
  }
  const std::vector<ExperimentList>& all(const fs::path& results) {
    const auto known = all_.find(results);
    return known != all_.end() ? known->second : all_.emplace(results, all_lists(results)).first->second;
  }

 private:
  std::map<fs::path, List> lists_;
  std::map<fs::path, std::vector<ExperimentList>> all_;  ///< by results folder
};

std::vector<RunRecord> cells_of(const fs::path& results, const std::string& experiment, Lists& lists) {
  std::vector<RunRecord> records;
  const auto& list = lists.of(results, experiment);
  for (const auto& cell : list.cells) records.push_back(read_cell(results, experiment, list.question, cell));
  return records;
}

bool is_experiment(const fs::path& results, const std::string& name) {
  return !name.empty() && name.find('/') == std::string::npos &&
         base::is_file(ExperimentFolder(results, name).path() / "cells.json");
}

/// Returns the run with the id `name` or, if there is none, those whose id begins with it; none for an empty name.
std::vector<RunFolder> runs_beginning(const fs::path& results, const std::string& name) {
  std::vector<RunFolder> matches;
  if (name.empty() || name.find('/') != std::string::npos) return matches;
  if (RunFolder exact(run_path(results, name)); base::is_file(exact.path() / "status.json")) return {std::move(exact)};
  for (const auto& run : find_runs(results)) {
    if (run.id().starts_with(name)) matches.push_back(run);
  }
  return matches;
}

/// Returns the results folder of a run.
fs::path results_of(const RunFolder& run) {
  return fs::absolute(run.path()).lexically_normal().parent_path().parent_path();
}

/// Returns a run with the settings and the label from the first experiment that lists it, if any. Adds damaged lists to
/// `problems`.
RunRecord record_of(const RunFolder& run, Lists& lists, std::vector<std::string>& problems) {
  const auto results = results_of(run);
  for (const auto& list : lists.all(results)) {
    if (!list.damage.empty()) problems.push_back(list.damage);  // another experiment may list the run
    const auto found = std::ranges::find(list.cells, run.id(), &ListedCell::run);
    if (found == list.cells.end()) continue;
    auto record = read_cell(results, list.experiment, list.question, *found);
    record.folder = run;  // the path that the user knows
    return record;
  }
  return read_run(run);
}

/// Returns the cell that `path` leads to, if it is a link in the folder of an experiment.
std::optional<RunRecord> linked_cell(const fs::path& path, Lists& lists) {
  auto link = fs::absolute(path).lexically_normal();
  if (!link.has_filename()) link = link.parent_path();
  std::error_code ignored;
  const auto folder = fs::weakly_canonical(link.parent_path(), ignored);
  if (!fs::is_symlink(link, ignored) || !base::is_file(folder / "cells.json")) return std::nullopt;
  const auto results = folder.parent_path().parent_path();
  const auto experiment = folder.filename().string();
  const auto& list = lists.of(results, experiment);
  const auto cell = list.by_link.find(link.filename().string());
  if (cell == list.by_link.end() || cell->second->run != fs::read_symlink(link, ignored).filename().string())
    return std::nullopt;
  return read_cell(results, experiment, list.question, *cell->second);
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
std::vector<RunRecord> cells_in(const fs::path& folder, Lists& lists, std::vector<std::string>& problems) {
  if (base::is_file(folder / "status.json"))
    return {record_of(RunFolder(fs::weakly_canonical(folder)), lists, problems)};
  if (base::is_file(folder / "cells.json")) {
    const auto path = fs::weakly_canonical(folder);
    return cells_of(path.parent_path().parent_path(), path.filename().string(), lists);
  }
  return all_cells(folder, problems);
}

/// Returns the run whose id begins with `name`. Throws UserError if there are none or several.
RunRecord run_beginning(const fs::path& results, const std::string& name, Lists& lists,
                        std::vector<std::string>& problems) {
  const auto matches = runs_beginning(results, name);
  if (matches.size() == 1) return record_of(matches.front(), lists, problems);
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

std::vector<RunRecord> cells_named(const fs::path& results, const std::string& name, Lists& lists,
                                   std::vector<std::string>& problems) {
  const fs::path path(name);
  const auto known = ExperimentFolder::all(results);
  if (path.extension() == ".toml") {
    if (base::is_file(path)) {
      const auto experiment = experiment_name(path);
      if (experiment == path.stem().string()) ExperimentFolder(results, experiment).refuse_other_file(path);
      return cells_of(results, experiment, lists);
    }
    const auto stem = path.stem().string();
    if (is_experiment(results, stem)) return cells_of(results, stem, lists);
    throw base::UserError(fmt::format("{}: the file does not exist, and {} has no experiment '{}'{}", name,
                                      results.string(), stem, base::did_you_mean(stem, known)));
  }
  if (is_experiment(results, name)) return cells_of(results, name, lists);
  if (auto cell = linked_cell(path, lists)) return {std::move(*cell)};
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return cells_in(path, lists, problems);
  if (!runs_beginning(results, name).empty()) return {run_beginning(results, name, lists, problems)};
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
  Lists lists;
  for (const auto& name : names) {
    for (auto& run : cells_named(results, name, lists, problems)) {
      if (seen.insert({run.experiment, run.id(), run.label}).second) chosen.push_back(std::move(run));
    }
  }
  return chosen;
}

std::vector<Listing> listings_of(const RunFolder& run, std::vector<std::string>& problems) {
  std::vector<Listing> listings;
  const auto results = results_of(run);
  const auto lists = all_lists(results);
  report_damage(lists, problems);
  for (const auto& list : lists) {
    for (const auto& cell : list.cells) {
      if (cell.run == run.id()) listings.push_back({list.experiment, cell});
    }
  }
  return listings;
}

RunRecord find_run(const fs::path& results, const std::string& name, std::vector<std::string>& problems) {
  Lists lists;
  if (auto cell = linked_cell(name, lists)) return std::move(*cell);
  if (base::is_file(fs::path(name) / "status.json"))
    return record_of(RunFolder(fs::weakly_canonical(name)), lists, problems);
  return run_beginning(results, name, lists, problems);
}

}  // namespace hourglass::results

// Which runs a user means.
#include "results/selection.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/suggest.hpp"
#include "results/run_record.hpp"

namespace hourglass::results {
namespace {

namespace fs = std::filesystem;

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

std::vector<RunFolder> runs_of(const fs::path& results, const std::string& experiment) {
  auto runs = find_runs(results);
  std::erase_if(runs, [&](const RunFolder& run) { return run.experiment() != experiment; });
  return runs;
}

std::vector<std::string> experiments(const fs::path& results) {
  std::vector<std::string> names;
  for (const auto& run : find_runs(results)) {
    if (names.empty() || names.back() != run.experiment()) names.push_back(run.experiment());
  }
  return names;
}

// The runs of a folder of one run, of an experiment or of results.
std::vector<RunFolder> runs_in(const fs::path& folder) {
  if (is_file(folder / "status.json")) return {RunFolder(folder)};
  auto runs = find_runs(folder);
  if (!runs.empty()) return runs;
  std::error_code ignored;
  std::vector<fs::path> cells;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (is_file(entry.path() / "status.json")) cells.push_back(entry.path());
  }
  std::sort(cells.begin(), cells.end());
  for (auto& cell : cells) runs.emplace_back(std::move(cell));
  return runs;
}

std::vector<RunFolder> runs_named(const fs::path& results, const std::string& name) {
  const fs::path path(name);
  if (path.extension() == ".toml") {
    if (is_file(path)) return runs_of(results, experiment_name(path));
    const auto stem = path.stem().string();
    auto runs = runs_of(results, stem);
    if (!runs.empty()) return runs;
    throw base::UserError(fmt::format("{}: there is no such file, and {} holds no runs of an experiment '{}'{}", name,
                                      results.string(), stem, base::did_you_mean(stem, experiments(results))));
  }
  if (auto runs = runs_of(results, name); !runs.empty()) return runs;
  if (is_folder(path)) return runs_in(path);
  const auto known = experiments(results);
  throw base::UserError(fmt::format("'{}' is neither a folder nor an experiment with runs in {}: there {} {}{}", name,
                                    results.string(), known.size() == 1 ? "is" : "are",
                                    known.empty() ? "none" : fmt::format("{}", fmt::join(known, ", ")),
                                    base::did_you_mean(name, known)));
}

}  // namespace

std::vector<RunFolder> select_runs(const fs::path& results, const std::vector<std::string>& names) {
  if (names.empty()) return find_runs(results);
  std::vector<RunFolder> chosen;
  for (const auto& name : names) {
    for (auto& run : runs_named(results, name)) {
      const auto is_same = [&](const RunFolder& other) {
        return fs::weakly_canonical(other.path()) == fs::weakly_canonical(run.path());
      };
      if (std::none_of(chosen.begin(), chosen.end(), is_same)) chosen.push_back(std::move(run));
    }
  }
  return chosen;
}

RunFolder find_run(const fs::path& results, const std::string& name) {
  if (is_file(fs::path(name) / "status.json")) return RunFolder(name);
  std::vector<RunFolder> matches;
  std::vector<std::string> cells;
  for (const auto& run : find_runs(results)) {
    cells.push_back(run.cell());
    if (run.cell() == name) return run;
    if (!name.empty() && run.cell().starts_with(name)) matches.push_back(run);
  }
  if (matches.size() == 1) return matches.front();
  if (matches.empty()) {
    throw base::UserError(
        fmt::format("'{}' is neither the folder of a run nor the beginning of the id of one of the {} runs in {}{}",
                    name, cells.size(), results.string(), base::did_you_mean(name, cells)));
  }
  std::vector<std::string> paths;
  for (const auto& match : matches) paths.push_back(match.path().string());
  throw base::UserError(
      fmt::format("'{}' may be any of {} runs: {}; give more of the id", name, paths.size(), fmt::join(paths, ", ")));
}

}  // namespace hourglass::results

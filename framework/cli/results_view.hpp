// Options and messages of the commands that read or write results.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/options.hpp"
#include "results/render.hpp"
#include "results/run_record.hpp"
#include "sweep/run_cells.hpp"

namespace hourglass::cli {

/// Adds `--results DIR` for a command that reads results.
void add_results_option(Usage& usage);
/// Adds `--results DIR` for a command that writes results; the folder need not exist.
void add_new_results_option(Usage& usage);
/// Returns the value of `--results`. Throws UserError if the user gave a folder that does not exist.
std::filesystem::path results_folder(const Options& options);
/// Throws UserError, with the fix, if results cannot be written to this folder. Creates it if it is missing.
void require_writable(const std::filesystem::path& results);

/// Runs that a user has selected.
struct Selected {
  std::vector<results::RunRecord> runs;
  bool complete = true;  ///< false if a list of cells is damaged, whose runs may be missing
};

/// Returns the runs that a user selects (results::select_runs). Prints damaged lists of cells to standard error.
Selected select_runs(const std::filesystem::path& results, const std::vector<std::string>& names);
/// Marks runs as stale, with the plugins of --plugin-path and the default folders.
void mark_stale(std::vector<results::RunRecord>& runs, const Options& options);

/// Prints warnings to standard error, each once.
void warn(const std::vector<std::string>& problems);

/// Adds `--format FORMAT`.
void add_format_option(Usage& usage);
results::Format table_format(const Options& options);

/// Prints the number of cells with each outcome to standard error and returns the exit code: 0 if all are done, 130 if
/// the user or an interrupted training stopped any, 1 if the only cell is not done, 3 if some of several are not.
int closing(const sweep::Tally& tally);

/// Returns the exit code of a command that has shown these runs: 3 if something of them is missing because it is
/// damaged; prints how many of them are. Otherwise 0.
int closing(const Selected& shown);

/// Prints to standard error that the folder of --results has no runs of `names` (no runs at all if empty), and which
/// command makes some.
void suggest_run(const Options& options, const std::vector<std::string>& names);

}  // namespace hourglass::cli

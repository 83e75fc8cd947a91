// What the commands that look at results share: where the results are, the format of a table, what an empty one says.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/options.hpp"
#include "results/render.hpp"
#include "sweep/run_cells.hpp"

namespace hourglass::cli {

/// Adds `--results DIR`, of a folder that is read.
void add_results_option(Usage& usage);
/// Adds `--results DIR`, of a folder that is written and need not exist.
void add_new_results_option(Usage& usage);
/// Returns its value. UserError when a folder that the user named does not exist.
std::filesystem::path results_folder(const boost::program_options::variables_map& values);

/// Adds `--format FORMAT`.
void add_format_option(Usage& usage);
results::Format table_format(const boost::program_options::variables_map& values);

/// Prints how many cells ended how on standard error, and returns the exit code: 0 when all are done, 130 when some
/// were interrupted, 1 when the only cell failed, 3 when some of several did.
int closing(const sweep::Tally& tally);

/// Tells on standard error what to run when there are no runs of `names` (all when empty) below `results`.
void suggest_run(const std::filesystem::path& results, const std::vector<std::string>& names);

}  // namespace hourglass::cli

// What the commands that look at results share: where the results are, the format of a table, what an empty one says.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/options.hpp"
#include "results/table.hpp"

namespace hourglass::cli {

/// Adds `--results DIR`.
void add_results_option(Usage& usage);
/// Returns its value. UserError when a folder that the user named does not exist.
std::filesystem::path results_folder(const boost::program_options::variables_map& values);

/// Adds `--format FORMAT`.
void add_format_option(Usage& usage);
results::Format table_format(const boost::program_options::variables_map& values);

/// Tells on standard error what to run when there are no runs of `names` (all when empty) below `results`.
void suggest_run(const std::filesystem::path& results, const std::vector<std::string>& names);

}  // namespace hourglass::cli

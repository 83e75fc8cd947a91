// What the commands that look at results share: where the results are, how a table is printed, what an empty one says.
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

/// Prints a table of runs to standard output. Without rows, standard error tells what to run, and a person's table is
/// left out.
void print_runs(const results::Table& table, results::Format format, const std::filesystem::path& results,
                const std::vector<std::string>& names);

}  // namespace hourglass::cli

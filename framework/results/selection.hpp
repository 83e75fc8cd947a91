// Which runs a user means.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "results/run_record.hpp"

namespace hourglass::results {

/// Returns the cells that `names` stand for, all when there are none: each an experiment's name, its file (NAME.toml,
/// or what its key `name` says), a folder of results or of an experiment, or one run (its folder, its id or a beginning
/// of the id that no other has). Each cell once, in the order of the names. An experiment's existing file without runs
/// yet gives none. UserError when a name is none of these, with the nearest.
std::vector<RunRecord> select_runs(const std::filesystem::path& results, const std::vector<std::string>& names);

/// Returns one run by its folder, its id or a beginning of the id that no other has. UserError otherwise.
RunFolder find_run(const std::filesystem::path& results, const std::string& name);

}  // namespace hourglass::results

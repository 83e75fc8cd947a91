// Experiments that list the runs of another one because its file was renamed.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace hourglass::results {

/// Returns a sentence for each experiment other than `experiment` that lists some of `runs` and is of the same file,
/// `file`, or of one that no longer exists. Damaged lists are reported by the commands that show results.
std::vector<std::string> former_lists(const std::filesystem::path& results, const std::string& experiment,
                                      const std::set<std::string>& runs, const std::filesystem::path& file);

}  // namespace hourglass::results

// Tells users that a changed configuration does not continue an interrupted cell.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "results/experiment_folder.hpp"

namespace hourglass::sweep {

/// Returns a sentence for each interrupted cell of the experiment that `cells`, its new list, lacks, if one of them
/// begins from the start with the same seed and differs in a few keys: which these are, and how to continue the
/// interrupted one. A damaged list is reported by the commands that show results.
std::vector<std::string> notes_on_interrupted(const results::ExperimentFolder& experiment,
                                              const std::vector<results::ListedCell>& cells,
                                              const std::filesystem::path& results);

}  // namespace hourglass::sweep

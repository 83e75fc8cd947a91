// The lists of all experiments in a results folder, read once.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "results/listed_cell.hpp"

namespace hourglass::results {

/// The list of one experiment, or why it cannot be read.
struct ExperimentList {
  std::string experiment;
  std::string damage = {};  ///< one sentence; "" if the list is sound, else the members below are empty
  std::string question = {};
  std::string file = {};  ///< that gives the experiment its name, or empty
  std::vector<ListedCell> cells = {};
};

/// Reads the lists of all experiments in `results`, sorted by name. Does not throw if some are damaged.
std::vector<ExperimentList> all_lists(const std::filesystem::path& results);

/// Adds why lists are damaged to `problems`.
void report_damage(const std::vector<ExperimentList>& lists, std::vector<std::string>& problems);

}  // namespace hourglass::results

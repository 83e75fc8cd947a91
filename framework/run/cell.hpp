// One cell: what a sweep consists of.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "experiment/config.hpp"
#include "results/experiment_folder.hpp"

namespace hourglass::run {

/// One fully resolved configuration with one seed.
struct Cell {
  experiment::Config
      config;  ///< `name` filled in, `seeds = 1` and `seed` this cell's: its experiment.toml runs the cell again
  std::string experiment;  ///< the experiment's name, a folder of results/
  std::uint64_t seed = 0;
  std::vector<experiment::Assignment> assignments;  ///< of the swept keys

  /// Names what sets this cell apart: `noise.sigma=0.3 seed=2`.
  std::string label() const;
};

/// Writes an assignment as `noise.sigma=0.3`.
std::string label_of(const experiment::Assignment& assignment);

/// Returns what a cell is configured with, key by key in the order of a resolved file, as lists and tables show it;
/// without name, seeds and seed.
std::vector<results::Setting> settings_of(const Cell& cell);

}  // namespace hourglass::run

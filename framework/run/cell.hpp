// One cell: what a sweep consists of.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "experiment/config.hpp"

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

/// Returns the cell's id, 16 hexadecimal digits: a hash of the resolved configuration, the seed and the data.
std::string cell_id(const Cell& cell, const std::string& data_hash);

}  // namespace hourglass::run

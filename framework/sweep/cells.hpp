// What an experiment expands to: the frozen list of cells.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/config.hpp"

namespace hourglass::sweep {

/// One fully resolved configuration with one seed.
struct Cell {
  host::Config
      config;  ///< `name` filled in, `seeds = 1` and `seed` this cell's: its experiment.toml runs the cell again
  std::string experiment;  ///< the experiment's name, a folder of results/
  std::uint64_t seed = 0;
  std::vector<host::Assignment> assignments;  ///< of the swept keys

  /// Names what sets this cell apart: `noise.sigma=0.3 seed=2`.
  std::string label() const;
};

/// Writes an assignment as `noise.sigma=0.3`.
std::string label_of(const host::Assignment& assignment);

/// Expands [sweep.grid] (the product of its axes, the last varying fastest) and the seeds (fastest of all). Every cell
/// is checked; all problems are reported at once.
std::vector<Cell> expand(const host::Config& config);

/// Returns the cell's id, 16 hexadecimal digits: a hash of the resolved configuration, the seed and the data.
std::string cell_id(const Cell& cell, const std::string& data_hash);

}  // namespace hourglass::sweep

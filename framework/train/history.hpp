// The rows of finished epochs: from metrics.csv or, if it is damaged, from a checkpoint.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "results/epoch_metrics.hpp"
#include "results/run_folder.hpp"

namespace hourglass::train {

/// The first rows of metrics.csv.
struct History {
  std::vector<results::EpochRow> rows;
  std::string fault;  ///< why they cannot be read, in one sentence; "" if they can
};

/// Reads the rows of the first `epochs` epochs. It is a fault if there are fewer; later ones are left out: a run that
/// was killed between writing its rows and its checkpoint computes them again.
History read_history(const results::RunFolder& folder, std::int64_t epochs);

/// Restores metrics.csv from Checkpoint::epochs, without its times, because of `fault`. Returns its rows, and adds a
/// sentence to `notes`. Throws UserError with `fault` if the checkpoint has not these `epochs`.
std::vector<results::EpochRow> restore_history(const results::RunFolder& folder, const std::string& fault,
                                               const std::vector<std::vector<double>>& numbers, std::int64_t epochs,
                                               const std::vector<std::string>& penalties,
                                               std::vector<std::string>& notes);

}  // namespace hourglass::train

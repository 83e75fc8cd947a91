// Checkpoints: all that a run needs to go on to the bit, or a model to be used, in one file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compute/network.hpp"

namespace hourglass::train {

/// Where training stands. Sums cover the current epoch's finished steps. No times: equal runs leave equal bytes.
struct Position {
  std::int64_t epoch = 0;  ///< finished epochs
  std::int64_t batch = 0;  ///< finished steps of the current epoch
  std::int64_t step = 0;   ///< finished steps in all
  bool done = false;       ///< training has ended; the tasks may not have
  double loss_sum = 0;     ///< loss x images
  std::vector<double> penalty_sums;
  std::optional<double> best;    ///< lowest validation loss
  std::int64_t waited = 0;       ///< epochs since
  std::vector<double> schedule;  ///< state of the learning-rate schedule
};

/// A checkpoint's contents in memory. The spans are the caller's.
struct Checkpoint {
  Position position;
  std::span<float> parameters;
  std::span<float> optimizer;  ///< empty: parameters alone are kept
};

/// Writes a checkpoint, whole or not at all: "HGCKPT01", the length of a JSON header, the header (position, and name,
/// shape and offset of every parameter), the numbers (little-endian floats), and an XXH3 hash of all before it.
void save_checkpoint(const std::filesystem::path& path, const compute::Network& network, const Checkpoint& checkpoint);

/// Reads a checkpoint into `checkpoint`'s spans. With an empty `optimizer` span only the parameters are read. A file
/// that is damaged, or that is of another network, is a UserError that says so.
void load_checkpoint(const std::filesystem::path& path, const compute::Network& network, Checkpoint& checkpoint);

}  // namespace hourglass::train

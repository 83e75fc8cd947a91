// Checkpoints: all that a run needs to go on to the bit, or a model to be used, in one file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compute/graph/network.hpp"

namespace hourglass::subject {

/// How far training has come, always between two updates. Sums cover the current epoch's finished batches. No times:
/// equal runs leave equal bytes.
struct Position {
  std::int64_t phase = 0;            ///< finished phases; what follows is of the one under way
  std::int64_t epoch = 0;            ///< finished epochs
  std::int64_t batch = 0;            ///< finished batches of the current epoch
  std::int64_t step = 0;             ///< finished updates in all
  bool done = false;                 ///< training has ended; the tasks may not have
  double loss_sum = 0;               ///< loss without penalties x images
  std::vector<double> penalty_sums;  ///< not weighted, x images
  std::optional<double> best;        ///< lowest monitored validation loss
  std::int64_t waited = 0;           ///< epochs since
  std::vector<double> schedule;      ///< state of the learning-rate schedule
};

/// A checkpoint's contents in memory. The spans are the caller's; what an empty one could hold is not read.
struct Checkpoint {
  Position position = {};
  std::string cell = {};             ///< id of the cell that was trained; when reading: that it has to be, "" for any
  std::span<float> parameters = {};  ///< as tasks see them
  std::span<float> optimizer = {};
  std::span<float> raw = {};  ///< what training goes on with, where `parameters` are an average of it; else empty
};

/// Writes a checkpoint, whole or not at all: "HGCKPT" and two digits of the format, the length of a JSON header, the
/// header (cell, position, and name, shape and offset of every parameter), the numbers (little-endian floats), and an
/// XXH3 hash of all before it.
void save_checkpoint(const std::filesystem::path& path, const compute::Network& network, const Checkpoint& checkpoint);

/// Reads a checkpoint into `checkpoint`, its numbers into the spans that are not empty. A file that is damaged, of
/// another format, of another cell or of another network is a UserError that says so.
void load_checkpoint(const std::filesystem::path& path, const compute::Network& network, Checkpoint& checkpoint);

}  // namespace hourglass::subject

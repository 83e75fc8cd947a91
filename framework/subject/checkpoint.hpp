// Checkpoint files: the parameters of a model, with the state that training needs to continue bit for bit.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compute/graph/network.hpp"

namespace hourglass::subject {

/// The progress of training, always between two updates. Sums cover the finished batches of the current epoch. It
/// contains no times, so that equal runs write equal bytes.
struct Position {
  std::int64_t phase = 0;            ///< finished phases; the members below are those of the current phase
  std::int64_t epoch = 0;            ///< finished epochs
  std::int64_t batch = 0;            ///< finished batches of the current epoch
  std::int64_t step = 0;             ///< finished updates of all epochs
  bool done = false;                 ///< training has finished (tasks may still have to run)
  double loss_sum = 0;               ///< loss without penalties x images
  double objective_sum = 0;          ///< loss with each penalty times its weight at the step x images
  std::vector<double> penalty_sums;  ///< each penalty, unweighted, x images
  std::optional<double> best;        ///< lowest monitored validation loss
  std::int64_t waited = 0;           ///< epochs since `best` improved
  std::vector<double> schedule;      ///< state of the learning-rate schedule
};

/// The contents of a checkpoint. The caller owns the spans; when reading, the section of an empty span is skipped.
struct Checkpoint {
  Position position = {};
  std::string cell = {};             ///< id of the run; when reading: the expected id, "" for any
  std::span<float> parameters = {};  ///< the parameters that tasks see
  std::span<float> optimizer = {};   ///< the optimiser's state
  std::span<float> raw = {};  ///< the parameters that training continues with, if `parameters` is their moving average
  /// The numbers of each finished epoch of the current phase, so that a damaged metrics.csv can be restored; finite.
  /// Empty in checkpoints of earlier versions.
  std::vector<std::vector<double>> epochs = {};
};

/// Writes a checkpoint atomically: "HGCKPT" and two digits of the format, the length of a JSON header, the header
/// (cell, position, epochs, and name, shape and offset of every parameter), the numbers (little-endian floats), and an
/// XXH3 hash of everything before it.
void save_checkpoint(const std::filesystem::path& path, const compute::Network& network, const Checkpoint& checkpoint);

/// Reads a checkpoint into `checkpoint`, and its numbers into the spans that are not empty. Throws UserError if the
/// file is missing or damaged, or belongs to another format, run or network.
void load_checkpoint(const std::filesystem::path& path, const compute::Network& network, Checkpoint& checkpoint);

/// Returns what is wrong with a checkpoint as far as its header and its size show, without reading its numbers: it is
/// missing, truncated or another file. Empty if nothing is.
std::string frame_fault(const std::filesystem::path& path);

}  // namespace hourglass::subject

// metrics.csv: what each epoch of training came to.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace hourglass::results {

/// The parts of a loss, each the mean over a split's images.
struct LossParts {
  /// The reconstruction loss and the penalties, each with the weight that it has at the end of training: what training
  /// minimises in the end, and comparable across epochs and between train and validation while a weight still rises.
  double objective = 0;
  double reconstruction = 0;           ///< the loss against the clean image, without penalties
  std::vector<double> penalties = {};  ///< not weighted, in the order of their names
};

/// One line of metrics.csv: an epoch. `train` is the mean over the epoch's steps, as the parameters moved; `validation`
/// is measured at its end, and empty without a validation split.
struct EpochRow {
  std::int64_t epoch = 0, step = 0;  ///< finished, counted from 1
  double learning_rate = 0;          ///< of the last step
  LossParts train = {};
  std::vector<double> weights = {};  ///< of the penalties in the last step
  std::optional<LossParts> validation = {};
  double seconds = 0, images_per_second = 0;  ///< the time columns: the last two
};

struct EpochMetrics {
  std::vector<std::string> penalties;  ///< their names
  std::vector<EpochRow> rows;
};

/// Writes metrics.csv, whole or not at all. Columns: epoch, step, learning_rate, train_objective, train_reconstruction,
/// train_<penalty>..., weight_<penalty>..., validation_objective, validation_reconstruction, validation_<penalty>...,
/// seconds, images_per_second; the validation columns are empty without a validation split.
void write_epoch_metrics(const std::filesystem::path& file, const EpochMetrics& metrics);

/// Reads metrics.csv; nothing without the file. UserError, with the file, the line and what is wrong, when it is
/// damaged.
EpochMetrics read_epoch_metrics(const std::filesystem::path& file);

}  // namespace hourglass::results

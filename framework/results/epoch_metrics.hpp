// metrics.csv: the losses of each epoch of training.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace hourglass::results {

/// The parts of a loss, each the mean over the images of a split.
struct LossParts {
  /// The reconstruction loss plus each penalty times its weight: on train the weight at each step, on validation that
  /// of the epoch's last step.
  double objective = 0;
  double reconstruction = 0;           ///< the loss against the clean image, without penalties
  std::vector<double> penalties = {};  ///< unweighted, in the order of EpochMetrics::penalties
};

/// One line of metrics.csv: an epoch. `train` is the mean over the steps of the epoch, while the parameters change;
/// `validation` is measured at the end of the epoch, and empty without a validation split.
struct EpochRow {
  std::int64_t epoch = 0, step = 0;  ///< finished, counted from 1
  double learning_rate = 0;          ///< of the last step
  LossParts train = {};
  std::vector<double> weights = {};  ///< of the penalties in the last step
  std::optional<LossParts> validation = {};
  /// The only numbers that differ between equal runs. After an interruption within the epoch, `images_per_second`
  /// counts only the images since then.
  double seconds = 0, images_per_second = 0;
};

struct EpochMetrics {
  std::vector<std::string> penalties;  ///< their names
  std::vector<EpochRow> rows;
};

/// Writes metrics.csv atomically. Columns: epoch, step, learning_rate, train_objective, train_reconstruction,
/// train_<penalty>..., weight_<penalty>..., validation_objective, validation_reconstruction, validation_<penalty>...,
/// seconds, images_per_second, checksum; the validation columns are empty without a validation split. The checksum of a
/// line is a hash of the names of the run's folder and the file, of all lines before it, and of its other fields.
void write_epoch_metrics(const std::filesystem::path& file, const EpochMetrics& metrics);

/// Reads metrics.csv; returns no rows if the file does not exist. Throws UserError with the file and the line if it is
/// damaged. Files of earlier versions have no checksums.
EpochMetrics read_epoch_metrics(const std::filesystem::path& file);

/// Returns the numbers of a row, without its times, for row_of().
std::vector<double> numbers_of(const EpochRow& row);
/// Returns the row with these numbers, for a network with this many penalties; its times are NaN. Returns nothing if
/// numbers_of() does not return so many numbers.
std::optional<EpochRow> row_of(std::span<const double> numbers, std::size_t penalties);

}  // namespace hourglass::results

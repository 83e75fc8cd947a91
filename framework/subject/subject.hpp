// What is trained and measured: data, noise and network of one configuration, opened once.
#pragma once

#include <cstdint>
#include <memory>

#include "experiment/config.hpp"
#include "hourglass/noise.hpp"
#include "subject/autoencoder.hpp"
#include "subject/data_splits.hpp"
#include "subject/settings.hpp"

namespace hourglass::subject {

/// Checking, training, evaluation and benchmarks all work on this. Not copied: plans and trainers keep references to
/// it.
struct Subject {
  /// Opens the dataset, makes the noise and describes the network. Errors of plugins and of data are UserErrors with
  /// the table's place. `seed` is that of initialisation, order and noise.
  Subject(experiment::Config config, std::uint64_t seed);

  experiment::Config config;
  std::uint64_t seed;
  TrainSettings::Params settings;
  Data data;
  std::unique_ptr<Noise> noise;
  Autoencoder autoencoder;
};

/// Checks what only an opened subject can tell: that the settings of training go together, with the network and with
/// the number of training images. All problems are in one UserError, each with its place.
void check(const Subject& subject);

}  // namespace hourglass::subject

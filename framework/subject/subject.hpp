// The subject of training and evaluation: the data, noise and network of one configuration.
#pragma once

#include <cstdint>
#include <memory>

#include "experiment/config.hpp"
#include "hourglass/noise.hpp"
#include "subject/autoencoder.hpp"
#include "subject/data_splits.hpp"
#include "subject/settings.hpp"

namespace hourglass::subject {

/// Used by checking, training, evaluation and benchmarks. Plans and trainers keep references to it: do not move it.
struct Subject {
  /// Opens the dataset, creates the noise model and builds the network. Throws UserError with the location of the table
  /// for errors of plugins and of data. `seed` is the seed of initialisation, data order and noise.
  Subject(experiment::Config config, std::uint64_t seed);
  /// The same with a dataset that is open already: that of an equal configuration (see OpenedData).
  Subject(experiment::Config config, std::uint64_t seed, std::shared_ptr<const Data> opened);

  /// Returns what conditions of keys may ask about the open data.
  experiment::Facts facts() const;

  experiment::Config config;
  std::uint64_t seed;
  TrainSettings::Params settings;
  std::shared_ptr<const Data> opened;
  const Data& data;  ///< *opened
  std::unique_ptr<Noise> noise;
  Autoencoder autoencoder;
};

/// Checks that the settings of training are compatible with each other, with the network and with the number of
/// training images, and that its parameters fit into memory. Throws a UserError with all problems, each with its
/// location.
void check(const Subject& subject);

}  // namespace hourglass::subject

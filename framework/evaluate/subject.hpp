// What is evaluated: one trained model with the data and the noise of its run.
#pragma once

#include <cstdint>

#include "compute/graph/model.hpp"
#include "experiment/config.hpp"
#include "hourglass/noise.hpp"
#include "subject/autoencoder.hpp"
#include "subject/data_splits.hpp"

namespace hourglass::evaluate {

/// Everything must outlive the evaluation.
struct Subject {
  const experiment::Config& config;
  std::uint64_t seed;
  const subject::Data& data;
  const Noise& noise;
  const subject::Autoencoder& autoencoder;
  compute::Model& model;  ///< its parameters are the trained ones
};

}  // namespace hourglass::evaluate

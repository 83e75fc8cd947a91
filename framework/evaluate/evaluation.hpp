// Runs the tasks of an experiment on a trained model.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "compute/graph/model.hpp"
#include "experiment/config.hpp"
#include "hourglass/noise.hpp"
#include "results/run_folder.hpp"
#include "subject/autoencoder.hpp"
#include "subject/data_splits.hpp"

namespace hourglass::evaluate {

/// What is evaluated. Everything must outlive the call.
struct Subject {
  const experiment::Config& config;
  std::uint64_t seed;
  const subject::Data& data;
  const Noise& noise;
  subject::Autoencoder& autoencoder;
  compute::Model& model;  ///< its parameters are the trained ones
};

/// Runs every [[task]] in the file's order and returns what they report; pictures and tables go to `folder`. A task
/// that throws becomes a UserError that names it. A sparse code is measured too, under the name "sparse_code".
/// `progress` is told each name before it runs.
std::vector<results::TaskMetric> run_tasks(const Subject& subject, const results::RunFolder& folder,
                                           const std::function<void(const std::string&)>& progress);

}  // namespace hourglass::evaluate

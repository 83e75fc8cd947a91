// Runs the tasks of an experiment on a trained model.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "compute/graph/model.hpp"
#include "experiment/config.hpp"
#include "hourglass/metric.hpp"
#include "hourglass/noise.hpp"
#include "subject/autoencoder.hpp"
#include "subject/data_splits.hpp"

namespace hourglass::evaluate {

/// What is evaluated. Everything must outlive the evaluation.
struct Subject {
  const experiment::Config& config;
  std::uint64_t seed;
  const subject::Data& data;
  const Noise& noise;
  subject::Autoencoder& autoencoder;
  compute::Model& model;  ///< its parameters are the trained ones
};

/// What one task reported, or why it failed.
struct TaskOutcome {
  std::vector<Metric> metrics;
  std::string error;  ///< empty: it is done
};

/// A sparse code is measured without being asked, as if a task of this name were there.
inline constexpr const char* kSparseCode = "sparse_code";

/// Tells whether the code of this autoencoder is measured as a sparse one.
bool measures_sparse_code(const subject::Autoencoder& autoencoder);

class Context;

/// Evaluates one trained model: codes and baselines are computed once for all its tasks. Not for several threads.
class Evaluation {
 public:
  explicit Evaluation(const Subject& subject);
  ~Evaluation();

  /// Runs a task of the experiment, or measures the sparse code when `task` is null. Pictures and tables go to `folder`. A
  /// task that throws fails alone: the outcome names the place of its table and what it said.
  TaskOutcome run(const experiment::Section* task, const std::string& name, const std::filesystem::path& folder);

 private:
  std::unique_ptr<Context> context_;
};

}  // namespace hourglass::evaluate

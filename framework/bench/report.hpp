// Renders the results of `hourglass bench`: tables for people, JSON for programs, and the committed page.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/step.hpp"
#include "results/render.hpp"

namespace hourglass::bench {

/// PyTorch's fastest setting for one network.
struct PyTorchBest {
  double milliseconds = 0;  ///< of a step
  std::string setting;      ///< "2 threads, passive wait"
  double peak_mib = 0;
  std::int64_t parameters = 0;
  std::string version;
};

/// One network in one number format.
struct Row {
  BenchNetwork network;
  int threads = 1;
  compute::Precision precision = compute::Precision::f32;
  StepMeasurement ours;
  std::optional<PyTorchBest> pytorch;  ///< empty: not measured
  std::optional<double> gemm_rate;     ///< the fastest product of this run in this format, operations per second

  double milliseconds() const { return ours.profile.total * 1e3 / static_cast<double>(ours.profile.steps); }
};

/// "f32" or "bf16".
std::string name_of(compute::Precision precision);

/// The circumstances of a measurement; each member is one line for a person.
struct Circumstances {
  std::string machine, versions, date, command;
};

/// Renders the rows. `json` gives an array with one object per row, in which unknown values are null; `table` and `md`
/// give the comparison, the parts of a step, and one table for each row whose operations were timed.
std::string render_rows(const std::vector<Row>& rows, results::Format format);

/// Returns the page of results: circumstances, explanation of the columns, tables.
std::string render_page(const std::vector<Row>& rows, const Circumstances& circumstances);

}  // namespace hourglass::bench

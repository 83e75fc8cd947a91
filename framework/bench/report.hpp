// What `hourglass bench` found out, as tables for people, JSON for programs, and the page that is committed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/step.hpp"
#include "results/table.hpp"

namespace hourglass::bench {

/// PyTorch's fastest setting of one network.
struct PyTorchBest {
  double milliseconds = 0;  ///< of a step
  std::string setting;      ///< "2 threads, passive wait"
  double peak_mib = 0;
  std::int64_t parameters = 0;
  std::string version;
};

/// One network on one number format.
struct Row {
  BenchNetwork network;
  int threads = 1;
  compute::Precision precision = compute::Precision::f32;
  StepMeasurement ours;
  std::optional<PyTorchBest> pytorch;  ///< none: not measured
  std::optional<double> gemm_rate;     ///< the best product of this run in this format, operations a second

  double milliseconds() const { return ours.profile.total * 1e3 / static_cast<double>(ours.profile.steps); }
};

/// "f32" or "bf16".
std::string name_of(compute::Precision precision);

/// What was measured where; each is one line for a person.
struct Circumstances {
  std::string machine, versions, date, command;
};

/// Renders the rows: `json` is an array with an object for each, in which what is not known is null; `table` and `md`
/// have the comparison, the parts of a step, and a table for each row whose operations were timed.
std::string render_rows(const std::vector<Row>& rows, results::Format format);

/// Returns the page of results: circumstances, what the columns mean, tables.
std::string render_page(const std::vector<Row>& rows, const Circumstances& circumstances);

}  // namespace hourglass::bench

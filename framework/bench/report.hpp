// Renders the results of `hourglass bench`: tables for people, JSON for programs, and the committed page.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/products.hpp"
#include "bench/step.hpp"
#include "bench/variables.hpp"
#include "results/render.hpp"

namespace hourglass::bench {

/// PyTorch's fastest setting for one network.
struct PyTorchBest {
  double milliseconds = 0;  ///< of a step
  std::string setting;      ///< "2 threads, passive wait"
  double peak_mib = 0;
  std::int64_t parameters = 0;
};

/// One network in one number format.
struct Row {
  BenchNetwork network;
  StepMeasurement ours;
  std::optional<PyTorchBest> pytorch;  ///< empty: not measured
  Products products;                   ///< the fastest of this run in the row's format, on the row's threads

  double milliseconds() const { return ours.profile.total * 1e3 / static_cast<double>(ours.profile.steps); }
};

/// The circumstances of a measurement; each member is one line for a person.
struct Circumstances {
  std::string machine, versions, date, command;
};

/// Renders the rows, which were measured in an environment with these variables. `json` gives an array with one object
/// per row, in which unknown values are null; `table` and `md` give the comparison, or why there is none, the matrix
/// products, the parts of a step, and one table for each row whose operations were timed.
std::string render_rows(const std::vector<Row>& rows, const Variables& variables, results::Format format);

/// Returns the page of results: circumstances, explanation of the columns, tables.
std::string render_page(const std::vector<Row>& rows, const Variables& variables, const Circumstances& circumstances);

}  // namespace hourglass::bench

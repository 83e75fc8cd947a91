// One run as tables need it: its configuration as a flat list, its state and its metrics.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "results/run_folder.hpp"
#include "results/table.hpp"

namespace hourglass::results {

/// A key of the resolved experiment, "noise.sigma" or "task.0.l2", with its value. Lists are text: "[512, 256]".
struct Entry {
  std::string key;
  Field value;
};

/// What a run folder holds. A damaged file makes the state "damaged", with what is wrong as the reason.
struct RunRecord {
  RunFolder folder;
  std::string experiment, cell;
  std::string state;   ///< of status.json, or "damaged"
  std::string reason;  ///< why it is not finished; may be empty
  std::optional<Status> status;
  std::optional<std::int64_t> seed;
  std::string question;         ///< the first comment of experiment.toml, or empty
  std::vector<Entry> settings;  ///< in the file's order, without `name`, `seed` and `seeds`
  std::vector<TaskMetric> metrics;
};

/// Reads a run folder; never throws for what it holds.
RunRecord read_run(const RunFolder& folder);

/// Returns the name of the experiment that a file describes: its `name`, or else its stem. UserError when the file is
/// not TOML.
std::string experiment_name(const std::filesystem::path& file);

/// Tells whether two cells hold the same kind and value.
bool same(const Field& a, const Field& b);

}  // namespace hourglass::results

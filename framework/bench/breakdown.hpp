// The parts of a training step's time, under the same names wherever they are shown.
#pragma once

#include <string>
#include <vector>

#include "results/table.hpp"
#include "train/observer.hpp"

namespace hourglass::bench {

/// One part of the mean step.
struct Part {
  std::string name;  ///< for people and programs: "forward"
  double milliseconds;
};

/// Splits the mean step into data (gather and conversion), noise, forward (with the loss), backward, optimizer, and
/// overhead: what is left of `total`. At least one step must have been made.
std::vector<Part> breakdown_of(const train::Profile& profile);

/// Returns a table with a row for each part and its share, and the whole step below.
results::Table breakdown_table(const train::Profile& profile);

}  // namespace hourglass::bench

// Collects what is wrong with a sweep's cells, so that what many of them share is said once.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "experiment/config.hpp"

namespace hourglass::sweep {

class CellProblems {
 public:
  /// Adds the problems of the configuration with these values.
  void add(const std::vector<experiment::Assignment>& assignments, const base::UserError& error);
  /// Throws a UserError with all problems when there are any; those that only some of the `configurations` have say
  /// which.
  void throw_if_any(std::size_t configurations) const;

 private:
  struct Problem {
    std::string message;
    std::size_t count = 0;  ///< configurations that have it
    std::string first;      ///< what tells the first of them apart, with the places of the axes
  };
  std::vector<Problem> problems_;
};

}  // namespace hourglass::sweep

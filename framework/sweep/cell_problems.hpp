// Collects the errors of the cells of a sweep and reports an error that several cells share only once.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "experiment/config.hpp"

namespace hourglass::sweep {

class CellProblems {
 public:
  /// Adds the problems of the configuration with these values of the swept keys.
  void add(const std::vector<experiment::Assignment>& assignments, const base::UserError& error);
  /// Adds the problems of a configuration that is described as `where`.
  void add(const std::string& where, const base::UserError& error);
  /// Throws a UserError with all problems, if any, and with `messages` about the whole sweep. The message of a problem
  /// that not all `configurations` have says which have it.
  void throw_if_any(std::size_t configurations, std::vector<std::string> messages = {}) const;

 private:
  struct Problem {
    std::string message;
    std::size_t count = 0;  ///< number of configurations that have it
    std::string first;      ///< the first of them: its label, or the values of the swept keys with their locations
  };
  std::vector<Problem> problems_;
};

}  // namespace hourglass::sweep

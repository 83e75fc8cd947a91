// Collects everything that is wrong with an experiment, to report it at once in the order of the file.
#pragma once

#include <string>
#include <vector>

#include "experiment/origin.hpp"

namespace hourglass::experiment {

class Problems {
 public:
  /// `main_file`'s problems come first, then those of included files, then the command line's.
  explicit Problems(std::string main_file) : main_file_(std::move(main_file)) {}

  /// Adds one sentence. `section` is as in the file, `[noise]` or `[[task]]`, or "" for the keys above all tables.
  void add(const Origin& origin, const std::string& section, const std::string& sentence);

  bool empty() const { return problems_.empty(); }
  /// The place of something that is missing.
  Origin start() const { return {Origin::Kind::file, main_file_, 1, 1}; }
  /// Throws a base::UserError with all problems, sorted by place, when there are any.
  void throw_if_any() const;

 private:
  struct Problem {
    Origin origin;
    std::string line;
  };
  std::string main_file_;
  std::vector<Problem> problems_;
};

}  // namespace hourglass::experiment

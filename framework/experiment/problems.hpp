// Collects all errors of an experiment in order to report them together, sorted by location.
#pragma once

#include <string>
#include <vector>

#include "experiment/origin.hpp"

namespace hourglass::experiment {

/// Writes a message on one line, with control characters escaped: `a.toml:3:9: [noise] sentence`. `section` is written
/// as in the file, `[noise]` or `[[task]]`; "" for top-level keys.
std::string message_of(const Origin& origin, const std::string& section, const std::string& sentence);

class Problems {
 public:
  /// Problems of `main_file` are reported first, then those of included files, then those of the command line.
  explicit Problems(std::string main_file) : main_file_(std::move(main_file)) {}

  /// Adds one sentence, as for message_of().
  void add(const Origin& origin, const std::string& section, const std::string& sentence);

  /// Adds what a user may not expect, such as a key that was dropped. Notes precede the problems, which may follow from
  /// them.
  void note(const std::string& sentence) { notes_.push_back(sentence); }
  const std::vector<std::string>& notes() const { return notes_; }

  bool empty() const { return problems_.empty(); }
  /// Returns the location to report for something that is missing: the start of the main file.
  Origin start() const { return {Origin::Kind::file, main_file_, 1, 1}; }
  /// Throws a base::UserError with all notes and the problems, sorted by location, if there are any problems: the
  /// first 200, and the number of the others.
  void throw_if_any() const;

 private:
  struct Problem {
    Origin origin;
    std::string line;
  };
  std::string main_file_;
  std::vector<Problem> problems_;
  std::vector<std::string> notes_;
};

}  // namespace hourglass::experiment

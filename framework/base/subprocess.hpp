// Runs other programs without a shell.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace hourglass::base {

struct Subprocess {
  enum class Capture { nothing, output, errors };

  std::vector<std::string> command;   ///< the program, found through PATH, and its arguments
  std::filesystem::path input = {};   ///< file for standard input; empty: none
  std::filesystem::path output = {};  ///< file for standard output, unless captured; empty: discarded
  Capture capture =
      Capture::nothing;  ///< which stream to return; by default, standard error is shared with this program
};

struct Ended {
  int code;          ///< exit code, or 128 + the number of the signal that ended it
  std::string text;  ///< the captured output
};

/// Runs a program and waits for it. Throws UserError if the program does not exist.
Ended run_subprocess(const Subprocess& process);

}  // namespace hourglass::base

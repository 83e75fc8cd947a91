// Other programs, run without a shell.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace hourglass::base {

struct Subprocess {
  enum class Capture { nothing, output, errors };

  std::vector<std::string> command;    ///< the program, found through PATH, and its arguments
  std::filesystem::path input = {};    ///< standard input; empty: none
  std::filesystem::path output = {};   ///< standard output, unless captured; empty: thrown away
  Capture capture = Capture::nothing;  ///< which stream to return; standard error is else this program's own
};

struct Ended {
  int code;          ///< exit code, or 128 + the signal that ended it
  std::string text;  ///< what was captured
};

/// Runs a program and waits for it. UserError when there is no such program.
Ended run_subprocess(const Subprocess& process);

}  // namespace hourglass::base

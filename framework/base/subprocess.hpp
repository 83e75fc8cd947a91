// Runs other programs without a shell.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace hourglass::base {

struct Subprocess {
  /// Destination of an output stream: the same stream of this program, nowhere, or the result.
  enum class Stream { inherited, discarded, captured };
  struct Kill {
    std::chrono::milliseconds after;
    int signal;
  };

  std::vector<std::string> command;                     ///< the program, found through PATH, and its arguments
  std::filesystem::path folder = {};                    ///< its working directory; empty: this program's
  std::map<std::string, std::string> environment = {};  ///< added to this program's variables, or replacing them
  Stream output = Stream::captured;
  Stream errors = Stream::inherited;
  std::optional<Kill> kill = {};  ///< signal to send after a time if the program is still running
};

struct Ended {
  int code;                    ///< exit code, or 128 + the signal that ended it
  std::string output, errors;  ///< captured text
};

/// Runs a program with empty standard input and waits until it ends, but not for processes that it leaves running.
/// Throws UserError if the program or the folder does not exist or the program cannot be started. Thread-safe.
Ended run_subprocess(const Subprocess& process);

}  // namespace hourglass::base

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
  /// Where an output stream of the program goes: to the same stream of this program, nowhere, or into the result.
  enum class Stream { inherited, discarded, captured };
  struct Kill {
    std::chrono::milliseconds after;
    int signal;
  };

  std::vector<std::string> command;                     ///< the program, found through PATH, and its arguments
  std::filesystem::path folder = {};                    ///< its working directory; empty: that of this program
  std::map<std::string, std::string> environment = {};  ///< variables added to those of this program, or replacing them
  Stream output = Stream::captured;
  Stream errors = Stream::inherited;
  std::optional<Kill> kill = {};  ///< signal to send after a time, unless the program has ended
};

struct Ended {
  int code;                    ///< exit code, or 128 + the number of the signal that ended it
  std::string output, errors;  ///< what was captured
};

/// Runs a program with empty standard input and waits until it ends, but not for processes that it leaves running.
/// Throws UserError if the program or the folder does not exist or the program cannot be started. Any thread.
Ended run_subprocess(const Subprocess& process);

}  // namespace hourglass::base

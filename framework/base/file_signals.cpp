#include "base/file_signals.hpp"

#include <signal.h>
#include <unistd.h>

#include <string_view>

namespace hourglass::base {
namespace {

// Only async-signal-safe calls.
void end_after_truncation(int) {
  constexpr std::string_view kMessage =
      "hourglass: a data file was truncated while it was read; restore it and run the same command again\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kMessage.data(), kMessage.size());
  ::_exit(1);
}

}  // namespace

void handle_file_signals() {
  ::signal(SIGXFSZ, SIG_IGN);
  struct sigaction action = {};
  action.sa_handler = end_after_truncation;
  sigemptyset(&action.sa_mask);
  ::sigaction(SIGBUS, &action, nullptr);
}

}  // namespace hourglass::base

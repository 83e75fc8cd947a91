#include "base/interrupt.hpp"

#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <ctime>
#include <thread>

#include "base/ending.hpp"
#include "base/guest_code.hpp"

namespace hourglass::base {
namespace {

constexpr timespec kPatience = {.tv_sec = 0, .tv_nsec = 500'000'000};

std::atomic<bool> stop = false, stopped = false;
std::atomic<int> first_signal = SIGINT;

void take_signals(sigset_t signals) {
  int signal = 0;
  sigwait(&signals, &signal);
  first_signal = signal;
  stop = true;
  if (sigtimedwait(&signals, nullptr, &kPatience) < 0) {
    if (!stopped) {
      const std::string activity = GuestCode::activity();
      const auto text =
          fmt::format("{}hourglass: stopped{}; the same command continues\n", ::isatty(STDERR_FILENO) ? "\n" : "",
                      activity.empty() ? "" : " while " + activity + ", which did not end by itself");
      // A plugin that does not return may hold the lock of the stream.
      [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
      end_process(interrupted_code());
    }
    sigwait(&signals, &signal);
  }
  end_process(interrupted_code());
}

}  // namespace

// Signal handlers must not run on the engine's threads: oneDNN 2.6's matrix products keep data below the stack pointer,
// beyond the red zone that the kernel preserves when it pushes a signal frame, and a handler on such a stack was
// observed to corrupt the heap. All threads therefore block the signals, and one dedicated thread waits for them.
const std::atomic<bool>& stop_requested() {
  static const bool started = [] {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // inherited by all threads that start later
    std::thread(take_signals, signals).detach();
    return true;
  }();
  (void)started;
  return stop;
}

void work_has_stopped() { stopped = true; }

int interrupted_code() { return 128 + first_signal; }

}  // namespace hourglass::base

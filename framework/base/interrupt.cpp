#include "base/interrupt.hpp"

#include <pthread.h>
#include <signal.h>

#include <thread>

namespace hourglass::base {
namespace {

std::atomic<bool> stop = false;

void take_signals(sigset_t signals) {
  int signal = 0;
  sigwait(&signals, &signal);
  stop = true;
  sigwait(&signals, &signal);
  ::signal(signal, SIG_DFL);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  raise(signal);
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

}  // namespace hourglass::base

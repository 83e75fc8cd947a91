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

// No thread of the engine may run a handler: oneDNN 2.6's matrix products keep data below the stack pointer, beyond
// what the system spares when it puts a signal's frame there, and a handler on that stack was seen to corrupt the heap.
// So all threads block the signals and one that does nothing else waits for them.
const std::atomic<bool>& stop_requested() {
  static const bool started = [] {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // inherited by every thread that starts later
    std::thread(take_signals, signals).detach();
    return true;
  }();
  (void)started;
  return stop;
}

}  // namespace hourglass::base

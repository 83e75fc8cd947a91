#include "base/thread_wait.hpp"

#include <unistd.h>

#include <cstdlib>

namespace hourglass::base {

void limit_spinning(char** arguments) {
  if (std::getenv("OMP_WAIT_POLICY") != nullptr || std::getenv("GOMP_SPINCOUNT") != nullptr) return;
  if (setenv("GOMP_SPINCOUNT", "1000", 1) == 0) execv("/proc/self/exe", arguments);
  // If that fails, the program continues without the setting.
}

}  // namespace hourglass::base

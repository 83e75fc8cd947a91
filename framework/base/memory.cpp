#include "base/memory.hpp"

#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace hourglass::base {

double usable_memory() {
  static const double bytes = [] {
    const double machine = static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGE_SIZE));
    double container = 0;  // "max" is no number: without a limit
    std::ifstream limit("/sys/fs/cgroup/memory.max");
    return limit >> container ? std::min(machine, container) : machine;
  }();
  return bytes;
}

}  // namespace hourglass::base

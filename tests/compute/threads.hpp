// The engine's number of threads, put back at the end of a test.
#pragma once

#include "compute/kernels/parallel.hpp"

namespace hourglass::compute {

struct Threads {
  int before = threads();
  Threads() = default;
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;
  ~Threads() { set_threads(before); }
};

}  // namespace hourglass::compute

// The number of threads is OpenMP's.
#include "compute/kernels/parallel.hpp"

#include <omp.h>

#include <stdexcept>
#include <string>

namespace hourglass::compute {

void set_threads(int threads) {
  if (threads < 1) throw std::invalid_argument("the engine needs at least 1 thread, not " + std::to_string(threads));
  omp_set_dynamic(0);
  omp_set_num_threads(threads);
}

int threads() { return omp_get_max_threads(); }
int thread_index() { return omp_get_thread_num(); }

}  // namespace hourglass::compute

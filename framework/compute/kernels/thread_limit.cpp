#include "compute/kernels/thread_limit.hpp"

#include <omp.h>

namespace hourglass::compute {

int most_threads() { return omp_get_thread_limit(); }

}  // namespace hourglass::compute

// The number of threads is OpenMP's.
#include "compute/kernels/parallel.hpp"

#include <omp.h>

#include <algorithm>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <string>

#include "compute/kernels/thread_limit.hpp"

namespace hourglass::compute {
namespace {

/// Keeps the first exception of a parallel region, which none may leave.
class Failure {
 public:
  template <class Call>
  void keep_of(const Call& call) noexcept {
    try {
      call();
    } catch (...) {
      const std::scoped_lock lock(mutex_);
      if (!first_) first_ = std::current_exception();
    }
  }
  void rethrow() const {
    if (first_) std::rethrow_exception(first_);
  }

 private:
  std::mutex mutex_;
  std::exception_ptr first_;
};

}  // namespace

void set_threads(int threads) {
  if (threads < 1) throw std::invalid_argument("the engine needs at least 1 thread, not " + std::to_string(threads));
  omp_set_dynamic(0);
  omp_set_num_threads(threads);
}

int threads() { return std::min(omp_get_max_threads(), most_threads()); }
int thread_index() { return omp_get_thread_num(); }

void run_blocks(std::int64_t count, std::int64_t block,
                void (*call)(const void* body, std::int64_t begin, std::int64_t end), const void* body) {
  const std::int64_t blocks = (count + block - 1) / block;
  Failure failure;
#pragma omp parallel for schedule(static) if (blocks > 1)
  for (std::int64_t i = 0; i < blocks; ++i)
    failure.keep_of([&] { call(body, i * block, std::min(count, (i + 1) * block)); });
  failure.rethrow();
}

// omp_set_num_threads() affects this thread's task only. Being in a parallel region is not enough for oneDNN: a region
// of one thread does not count as parallel, and it would use all threads in it.
void run_tasks(std::int64_t count, void (*call)(const void* body, std::int64_t index), const void* body) {
  Failure failure;
#pragma omp parallel if (count > 1)
  {
    omp_set_num_threads(1);
#pragma omp for schedule(dynamic)
    for (std::int64_t i = 0; i < count; ++i) failure.keep_of([&] { call(body, i); });
  }
  failure.rethrow();
}

}  // namespace hourglass::compute

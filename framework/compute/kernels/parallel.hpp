// Loops over fixed blocks, so that results do not depend on the number of threads.
#pragma once

#include <algorithm>
#include <cstdint>

namespace hourglass::compute {

/// Set and return the number of threads that the engine uses in this process.
void set_threads(int threads);
int threads();
/// Returns, inside a parallel loop, the index of this thread in [0, threads()), to select scratch memory.
int thread_index();

/// Number of elements per block of an element-wise loop.
inline constexpr std::int64_t kElementBlock = 4096;

/// Calls `body(begin, end)` in parallel for consecutive blocks of [0, count), each `block` long except the last.
template <class Body>
void parallel_blocks(std::int64_t count, std::int64_t block, const Body& body) {
  const std::int64_t blocks = (count + block - 1) / block;
#pragma omp parallel for schedule(static) if (blocks > 1)
  for (std::int64_t i = 0; i < blocks; ++i) body(i * block, std::min(count, (i + 1) * block));
}

}  // namespace hourglass::compute

// Loops over fixed blocks, so that results do not depend on the number of threads.
#pragma once

#include <algorithm>
#include <cstdint>

namespace hourglass::compute {

/// Sets and reads how many threads the engine uses in this process.
void set_threads(int threads);
int threads();
/// Inside of a parallel loop: which of threads() runs this. For memory that a body uses and leaves.
int thread_index();

/// Elements that one thread takes at a time of an element-wise loop.
inline constexpr std::int64_t kElementBlock = 4096;

/// Calls `body(begin, end)` for consecutive blocks of [0, count), `block` long but for the last, in parallel.
template <class Body>
void parallel_blocks(std::int64_t count, std::int64_t block, const Body& body) {
  const std::int64_t blocks = (count + block - 1) / block;
#pragma omp parallel for schedule(static) if (blocks > 1)
  for (std::int64_t i = 0; i < blocks; ++i) body(i * block, std::min(count, (i + 1) * block));
}

}  // namespace hourglass::compute

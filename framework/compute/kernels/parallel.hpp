// Loops over fixed blocks, so that results do not depend on the number of threads.
#pragma once

#include <cstdint>

namespace hourglass::compute {

/// Set and return the number of threads that the engine uses in this process.
void set_threads(int threads);
int threads();
/// Returns, inside a parallel loop, the index of this thread in [0, threads()), to select scratch memory.
int thread_index();

/// Number of elements per block of an element-wise loop.
inline constexpr std::int64_t kElementBlock = 4096;

/// parallel_blocks() of a body behind a pointer: one compiled loop serves all callers.
void run_blocks(std::int64_t count, std::int64_t block,
                void (*call)(const void* body, std::int64_t begin, std::int64_t end), const void* body);

/// Calls `body(begin, end)` in parallel for consecutive blocks of [0, count), each `block` long except the last. Throws
/// the first exception of a body, after all bodies.
template <class Body>
void parallel_blocks(std::int64_t count, std::int64_t block, const Body& body) {
  const auto call = [](const void* it, std::int64_t begin, std::int64_t end) {
    (*static_cast<const Body*>(it))(begin, end);
  };
  run_blocks(count, block, call, &body);
}

/// parallel_tasks() of a body behind a pointer.
void run_tasks(std::int64_t count, void (*call)(const void* body, std::int64_t index), const void* body);

/// Calls `body(i)` for each i of [0, count) in parallel, each on one thread even if it calls a library that would use
/// all of them. Throws the first exception of a body, after all bodies.
template <class Body>
void parallel_tasks(std::int64_t count, const Body& body) {
  run_tasks(
      count, [](const void* it, std::int64_t index) { (*static_cast<const Body*>(it))(index); }, &body);
}

}  // namespace hourglass::compute

// Neither OpenMP nor oneDNN's code generator reports that memory is missing: the first ends the process, the second
// writes through a null pointer.
#include "compute/kernels/engine_start.hpp"

#include <fmt/format.h>
#include <sys/mman.h>

#include <array>
#include <cstddef>
#include <dnnl.hpp>
#include <latch>
#include <system_error>
#include <thread>
#include <vector>

#include "base/error.hpp"
#include "compute/kernels/parallel.hpp"

namespace hourglass::compute {
namespace {

/// The kernels for matrix products take 6 MiB, those of the largest networks 15 MiB.
constexpr std::size_t kKernels = std::size_t{24} << 20;

void require_memory() {
  void* const room = ::mmap(nullptr, kKernels, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (room == MAP_FAILED) {
    throw base::UserError(
        fmt::format("the engine needs {} MiB of memory for its kernels, but the system refuses it; free memory, raise "
                    "its limit (ulimit -v) or choose a smaller network",
                    kKernels >> 20));
  }
  ::munmap(room, kKernels);
}

/// Starts `count` threads at the same time and ends them.
void require_threads(int count) {
  std::latch all_started(1);
  std::vector<std::jthread> threads;
  int refused = 0;
  try {
    for (int i = 0; i < count; ++i) threads.emplace_back([&] { all_started.wait(); });
  } catch (const std::system_error&) {
    refused = count - static_cast<int>(threads.size());
  }
  all_started.count_down();
  threads.clear();
  if (refused > 0) {
    throw base::UserError(fmt::format(
        "the engine needs {} threads, but the system refuses {} of them; choose fewer [train] threads, free "
        "memory or raise the limits (ulimit -v, ulimit -u)",
        count + 1, refused));
  }
}

/// oneDNN compiles its kernels for matrix products at the first one.
void compile_products() {
  constexpr int kSize = 32;
  std::array<float, kSize * kSize> a{}, b{}, c{};
  dnnl_sgemm('N', 'N', kSize, kSize, kSize, 1, a.data(), kSize, b.data(), kSize, 0, c.data(), kSize);
}

}  // namespace

void start_engine() {
  static int started = 0;
  require_memory();
  if (threads() <= started) return;
  require_threads(threads() - 1);
  parallel_tasks(threads(), [](std::int64_t) {});
  require_memory();
  compile_products();
  started = threads();
}

}  // namespace hourglass::compute

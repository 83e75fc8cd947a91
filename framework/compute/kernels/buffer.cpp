// Aligned memory, on huge pages if it is large.
#include "compute/kernels/buffer.hpp"

#include <fmt/format.h>
#include <sys/mman.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>

#include "base/error.hpp"
#include "base/memory.hpp"

namespace hourglass::compute {
namespace {
constexpr std::size_t kAlignment = 64;
constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr double kMebibyte = 1 << 20;

std::atomic<std::size_t> in_use = 0;  ///< bytes of all buffers

/// Refuses memory that the machine does not have: the system would grant it, and kill the process when it is used.
void refuse_too_much(std::size_t bytes) {
  const auto needed = static_cast<double>(in_use + bytes), usable = base::usable_memory();
  if (needed <= usable) return;
  throw base::UserError(fmt::format(
      "parameters, gradients, optimiser and activations need at least {:.0f} MiB of memory, but this machine "
      "has {:.0f} MiB; choose a smaller [train] batch_size or smaller widths",
      needed / kMebibyte, usable / kMebibyte));
}

}  // namespace

Buffer::Buffer(std::int64_t size) : size_(size) {
  if (size < 0) throw std::invalid_argument("a buffer cannot hold " + std::to_string(size) + " floats");
  if (size == 0) return;
  const std::size_t wanted = static_cast<std::size_t>(size) * sizeof(float);
  // Matrix products walk whole matrices; huge pages spare them the address translation.
  const std::size_t alignment = wanted >= kHugePage ? kHugePage : kAlignment;
  const std::size_t bytes = (wanted + alignment - 1) / alignment * alignment;
  refuse_too_much(bytes);
  auto* memory = static_cast<float*>(std::aligned_alloc(alignment, bytes));
  if (memory == nullptr) {
    throw base::UserError(
        fmt::format("parameters, gradients, optimiser and activations need {:.1f} MiB of memory beyond {:.1f} MiB, but "
                    "the system refuses it; free memory, raise its limit (ulimit -v), or choose a smaller [train] "
                    "batch_size or smaller widths",
                    static_cast<double>(bytes) / kMebibyte, static_cast<double>(in_use) / kMebibyte));
  }
  data_ = {memory, Free{bytes}};
  in_use += bytes;
  if (alignment == kHugePage) madvise(memory, bytes, MADV_HUGEPAGE);
  std::memset(memory, 0, bytes);
}

void Buffer::Free::operator()(float* data) const {
  in_use -= bytes;
  std::free(data);
}

}  // namespace hourglass::compute

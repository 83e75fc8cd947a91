// Aligned memory, on huge pages if it is large.
#include "compute/kernels/buffer.hpp"

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <new>
#include <stdexcept>
#include <string>

namespace hourglass::compute {
namespace {
constexpr std::size_t kAlignment = 64;
constexpr std::size_t kHugePage = std::size_t{2} << 20;
}  // namespace

Buffer::Buffer(std::int64_t size) : size_(size) {
  if (size < 0) throw std::invalid_argument("a buffer cannot hold " + std::to_string(size) + " floats");
  if (size == 0) return;
  const std::size_t wanted = static_cast<std::size_t>(size) * sizeof(float);
  // Matrix products walk whole matrices; huge pages spare them the address translation.
  const std::size_t alignment = wanted >= kHugePage ? kHugePage : kAlignment;
  const std::size_t bytes = (wanted + alignment - 1) / alignment * alignment;
  auto* memory = static_cast<float*>(std::aligned_alloc(alignment, bytes));
  if (memory == nullptr) throw std::bad_alloc();
  data_.reset(memory);
  if (alignment == kHugePage) madvise(memory, bytes, MADV_HUGEPAGE);
  std::memset(memory, 0, bytes);
}

void Buffer::Free::operator()(float* data) const { std::free(data); }

}  // namespace hourglass::compute

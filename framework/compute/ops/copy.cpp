// Blocks of rows, each on one thread.
#include "compute/ops/copy.hpp"

#include "base/multiversion.hpp"
#include "compute/ops/elementwise.hpp"

namespace hourglass::compute {
namespace {

HOURGLASS_MULTIVERSION void copy_block(const float* from, std::int64_t from_stride, float* to, std::int64_t to_stride,
                                       std::int64_t rows, std::int64_t count, bool add) {
  for (std::int64_t row = 0; row < rows; ++row, from += from_stride, to += to_stride) {
    if (add) {
#pragma GCC ivdep
      for (std::int64_t i = 0; i < count; ++i) to[i] += from[i];
    } else {
#pragma GCC ivdep
      for (std::int64_t i = 0; i < count; ++i) to[i] = from[i];
    }
  }
}

}  // namespace

void copy_rows(const float* from, std::int64_t from_stride, float* to, std::int64_t to_stride, std::int64_t rows,
               std::int64_t count, bool add) {
  parallel_blocks(rows, std::max<std::int64_t>(1, kElementBlock / count), [&](std::int64_t begin, std::int64_t end) {
    copy_block(from + begin * from_stride, from_stride, to + begin * to_stride, to_stride, end - begin, count, add);
  });
}

void copy(const float* from, float* to, std::int64_t count, bool add) {
  parallel_blocks(count, kElementBlock, [&](std::int64_t begin, std::int64_t end) {
    copy_block(from + begin, 0, to + begin, 0, 1, end - begin, add);
  });
}

}  // namespace hourglass::compute
